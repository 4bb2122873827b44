using E3.Relay.Helper.Keys.Aws;

namespace E3.Relay.Helper.Configuration;

/// <summary>AWS KMS.</summary>
internal sealed record AwsKmsSettings(AwsKmsOptions Options) : KeyAuthoritySettings;
