namespace E3.Relay.Enclave.Protocol.Documents;

/// <summary>What a signed administrative document says. The signature covers the kind, so one never passes for another.</summary>
public enum DocumentKind : byte
{
    /// <summary>A <see cref="Documents.Grant"/>.</summary>
    Grant = 1,

    /// <summary>A <see cref="Genesis"/>: the commitment to the fleet's root key.</summary>
    Genesis = 2,

    /// <summary>The list of accepted measurements, read by clients and key authorities only.</summary>
    Measurements = 3,

    /// <summary>A <see cref="Documents.Policy"/>.</summary>
    Policy = 4,

    /// <summary>A <see cref="Documents.RewrapOrder"/>.</summary>
    RewrapOrder = 5,

    /// <summary>That a fleet was put back to an earlier state on purpose, read by clients only.</summary>
    Restore = 6,
}
