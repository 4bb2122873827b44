namespace E3.Relay.Helper.Configuration;

/// <summary>How engines are started.</summary>
internal enum TeeKind
{
    /// <summary>As plain processes; development only.</summary>
    Process,

    /// <summary>In AWS Nitro Enclaves.</summary>
    Nitro,
}
