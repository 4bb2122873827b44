using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Documents;
using E3.Relay.Helper.Store;

namespace E3.Relay.Helper.Backup;

/// <summary>
/// A backup: a line of JSON that says what it is of, with the wrapped root key and the genesis document; a line of base64 for each sealed entry; and a line with the SHA-256 of all before it. Nothing in it is secret to
/// whom the key authority does not open the root key, and whoever holds it learns the names of apps and the number of keys.
/// </summary>
internal static class BackupFile
{
    public const string Format = "e3-relay-backup";
    private const int Version = 1;
    private const int LineBytesMax = 64 * 1024;
    private const byte LineEnd = (byte)'\n';

    /// <summary>Writes a backup of a state.</summary>
    public static async Task WriteAsync(Stream destination, ReadOnlyMemory<byte> fleetId, StoreState state, DateTimeOffset now, CancellationToken cancellationToken)
    {
        StoredRoot root = state.Root ?? throw new StoreException(StoreError.RootMissing);
        var header = new BackupHeader
        {
            Format = Format,
            Version = Version,
            Created = now,
            FleetId = Convert.ToHexStringLower(fleetId.Span),
            Generation = state.Generation,
            WrappedRoot = root.Wrapped,
            Genesis = root.Genesis,
            Entries = state.Snapshot.Entries.Count,
            ChainHead = Convert.ToHexStringLower(state.Snapshot.Chain.Head.Span),
        };
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await WriteLineAsync(JsonSerializer.SerializeToUtf8Bytes(header, BackupJson.Default.BackupHeader)).ConfigureAwait(false);
        foreach (ReadOnlyMemory<byte> entry in state.Snapshot.Entries)
            await WriteLineAsync(Encoding.ASCII.GetBytes(Convert.ToBase64String(entry.Span))).ConfigureAwait(false);
        var trailer = new BackupTrailer(Convert.ToHexStringLower(digest.GetCurrentHash()));
        await WriteLineAsync(JsonSerializer.SerializeToUtf8Bytes(trailer, BackupJson.Default.BackupTrailer)).ConfigureAwait(false);

        async Task WriteLineAsync(byte[] line)
        {
            byte[] whole = [.. line, LineEnd];
            digest.AppendData(whole);
            await destination.WriteAsync(whole, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Reads a backup and verifies all of it: its digest, each entry, and the chain over them.</summary>
    /// <exception cref="BackupException">Anything is not as it was written.</exception>
    public static (BackupHeader Header, StoreState State) Read(Stream source)
    {
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var buffered = new BufferedStream(source);
        byte[] first = ReadLine(buffered);
        BackupHeader header = ReadHeader(first);
        digest.AppendData([.. first, LineEnd]);
        var entries = new List<ReadOnlyMemory<byte>>();
        for (int i = 0; i < header.Entries; i++)
        {
            byte[] line = ReadLine(buffered);
            digest.AppendData([.. line, LineEnd]);
            entries.Add(Decode(line));
        }

        string computed = Convert.ToHexStringLower(digest.GetCurrentHash());
        BackupTrailer trailer = Parse(ReadLine(buffered), BackupJson.Default.BackupTrailer);
        if (trailer.Sha256 != computed)
            throw new BackupException(BackupError.DigestMismatch);
        if (buffered.ReadByte() >= 0)
            throw new BackupException(BackupError.Malformed);
        return (header, Verify(header, entries));
    }

    private static StoreState Verify(BackupHeader header, List<ReadOnlyMemory<byte>> entries)
    {
        try
        {
            var builder = new SnapshotBuilder(StateSnapshot.Empty);
            for (int i = 0; i < entries.Count; i++)
                builder.Add(i + 1, SHA256.HashData(entries[i].Span), entries[i].ToArray());
            StateSnapshot snapshot = builder.Complete(entries.Count, Convert.FromHexString(header.ChainHead));
            var root = new StoredRoot(header.WrappedRoot, header.Genesis);
            return new(1, GenerationLink.Next(StoreState.Empty, root), root, snapshot);
        }
        catch (Exception e) when (e is StoreException or FormatException)
        {
            throw new BackupException(BackupError.EntriesInvalid, e);
        }
    }

    private static BackupHeader ReadHeader(byte[] line)
    {
        BackupHeader header = Parse(line, BackupJson.Default.BackupHeader);
        if (header.Format != Format)
            throw new BackupException(BackupError.Malformed);
        if (header.Version != Version)
            throw new BackupException(BackupError.VersionUnsupported);
        bool isWhole = header is { Entries: >= 0, WrappedRoot.Length: > 0, Genesis.Length: > 0 and <= ProtocolLimits.DocumentBytesMax }
            && header.FleetId.Length == 2 * Genesis.FleetIdBytes
            && header.FleetId.All(char.IsAsciiHexDigitLower);
        return isWhole ? header : throw new BackupException(BackupError.Malformed);
    }

    private static T Parse<T>(byte[] line, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> json)
    {
        try
        {
            return JsonSerializer.Deserialize(line, json) ?? throw new BackupException(BackupError.Malformed);
        }
        catch (JsonException e)
        {
            throw new BackupException(BackupError.Malformed, e);
        }
    }

    private static byte[] Decode(byte[] line)
    {
        byte[] entry = new byte[Base64.GetMaxDecodedFromUtf8Length(line.Length)];
        return Base64.DecodeFromUtf8(line, entry, out int read, out int written) == System.Buffers.OperationStatus.Done && read == line.Length
            ? entry[..written]
            : throw new BackupException(BackupError.Malformed);
    }

    private static byte[] ReadLine(BufferedStream source)
    {
        using var line = new MemoryStream();
        for (int next = source.ReadByte(); next != LineEnd; next = source.ReadByte())
        {
            if (next < 0)
                throw new BackupException(BackupError.Truncated);
            if (line.Length == LineBytesMax)
                throw new BackupException(BackupError.Malformed);
            line.WriteByte((byte)next);
        }

        return line.ToArray();
    }
}
