namespace E3.Relay.Helper.Keys.Aws;

/// <summary>How KMS is reached. Credentials, and the region where it is not given, follow the conventions of the AWS SDK: environment, profile, container, instance.</summary>
internal sealed record AwsKmsOptions
{
    /// <summary>The key: its id, ARN or alias.</summary>
    public required string KeyId { get; init; }

    /// <summary>The region; null for the SDK's own conventions.</summary>
    public string? Region { get; init; }

    /// <summary>Another endpoint than the region's own: <c>https://…</c>, <c>http://</c> on loopback, or <c>unix:/path</c>. Null for the region's own.</summary>
    public string? ServiceUrl { get; init; }

    /// <summary>How long one attempt may take.</summary>
    public TimeSpan AttemptTimeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How long a call may take with all its attempts. An engine is given 15 seconds to become ready.</summary>
    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often a failed attempt is repeated.</summary>
    public int RetriesMax { get; init; } = 4;

    /// <summary>The wait before the first repetition; it doubles with each, and varies at random.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromMilliseconds(150);

    /// <summary>How long no attempt is made after many have failed.</summary>
    public TimeSpan BreakDuration { get; init; } = TimeSpan.FromSeconds(5);
}
