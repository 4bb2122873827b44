using MessagePack;

namespace E3.Relay.Enclave.Protocol.Messages;

/// <summary>Sealed entries in the order of the chain: <c>[entry, …]</c>. Request of LoadState; answer of CreateKey, RotateKey, RetireKey, SetPolicy and GetRewrapped.</summary>
public static class Entries
{
    /// <summary>Writes the entries.</summary>
    public static void Write(ref MessagePackWriter writer, IReadOnlyList<ReadOnlyMemory<byte>> entries)
    {
        writer.WriteArrayHeader(entries.Count);
        foreach (ReadOnlyMemory<byte> entry in entries)
            writer.Write(entry.Span);
    }

    /// <summary>Reads the entries, without copying them.</summary>
    public static ReadOnlyMemory<byte>[] Read(ref MessagePackReader reader)
    {
        var entries = new ReadOnlyMemory<byte>[Wire.ReadArrayUpTo(ref reader, ProtocolLimits.EntriesMax)];
        for (int i = 0; i < entries.Length; i++)
            entries[i] = Wire.ReadBytes(ref reader, ProtocolLimits.EntryBytesMax);
        return entries;
    }
}
