using Amazon;
using Amazon.KeyManagementService;
using Amazon.Runtime;

namespace E3.Relay.Helper.Keys.Aws;

/// <summary>Makes the SDK's client of KMS.</summary>
internal static class KmsClientFactory
{
    public const string UnixScheme = "unix:";

    // What a request over a Unix socket says of its host, and signs.
    private const string UnixServiceUrl = "http://localhost";

    /// <summary>Makes a client.</summary>
    /// <param name="options">How KMS is reached.</param>
    /// <param name="credentials">Credentials; null for the SDK's own conventions.</param>
    /// <exception cref="AmazonClientException">No region is given, and the SDK finds none.</exception>
    public static AmazonKeyManagementServiceClient Create(AwsKmsOptions options, AWSCredentials? credentials)
    {
        var config = new AmazonKeyManagementServiceConfig
        {
            // Attempts are made again by ours, which knows what is worth it, and within one limit of time.
            MaxErrorRetry = 0,
            ThrottleRetries = false,
            Timeout = options.AttemptTimeout,
        };
        if (options.ServiceUrl is { } url && url.StartsWith(UnixScheme, StringComparison.Ordinal))
        {
            config.ServiceURL = UnixServiceUrl;
            config.HttpClientFactory = new UnixSocketHttpClientFactory(url[UnixScheme.Length..]);
        }
        else if (options.ServiceUrl is not null)
        {
            config.ServiceURL = options.ServiceUrl;
        }

        if (options.Region is not null && options.ServiceUrl is not null)
            config.AuthenticationRegion = options.Region;
        else if (options.Region is not null)
            config.RegionEndpoint = RegionEndpoint.GetBySystemName(options.Region);
        return credentials is null ? new(config) : new(credentials, config);
    }
}
