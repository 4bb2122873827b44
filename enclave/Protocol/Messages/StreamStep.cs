namespace E3.Relay.Enclave.Protocol.Messages;

/// <summary>How a stream goes on.</summary>
public enum StreamStep : byte
{
    /// <summary>These are whole segments, and none of them is the last one.</summary>
    More = 0,

    /// <summary>The file ends with this data.</summary>
    Last = 1,

    /// <summary>The caller gives the stream up.</summary>
    Drop = 2,
}
