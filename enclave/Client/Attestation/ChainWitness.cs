using System.Text.Json;
using E3.Relay.Enclave.Protocol.Messages;

namespace E3.Relay.Enclave.Client.Attestation;

/// <summary>
/// Remembers the longest state that an engine of the fleet attested to this caller, in a small file, and refuses an engine with less: whoever puts all stores of a fleet back to an earlier state, and
/// with it an earlier policy, is noticed by everybody who has seen the later one. What was refused once is accepted again only on the administrators' word, see <see cref="ChainRestore"/>.
/// </summary>
public sealed class ChainWitness
{
    private const int RootsMax = 64;
    private const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private readonly Lock _lock = new();
    private readonly string _path;
    private Memory? _memory;

    /// <summary>Makes a witness that remembers in a file; there need not be one yet.</summary>
    public ChainWitness(string path) => _path = path;

    /// <summary>True when what was seen last is in the file. Where it cannot be written, it is remembered until the process ends.</summary>
    public bool IsKept { get; private set; } = true;

    /// <summary>Judges what a ready engine attested, and remembers it.</summary>
    /// <returns><see cref="AttestationError.StateRolledBack"/> when more was seen before, or something else of that length, or a later root key.</returns>
    /// <exception cref="InvalidDataException">The file is damaged: what was seen before is not known.</exception>
    public AttestationError Judge(AttestationStatement statement, ChainRestore? restore)
    {
        string root = Convert.ToHexStringLower(statement.RootCommitment.Span), head = Convert.ToHexStringLower(statement.ChainHead.Span);
        lock (_lock)
        {
            Memory before = _memory ??= Load();
            Memory after = Next(before, statement.ChainLength, root, head);
            if (restore is not null && restore.Serial > before.Restore && Reaches(statement, restore))
                after = new([root], statement.ChainLength, head, restore.Serial);
            else if (IsBehind(before, statement.ChainLength, root, head))
                return AttestationError.StateRolledBack;
            if (after.Length != before.Length || after.Roots.Count != before.Roots.Count || after.Restore != before.Restore)
                Keep(after);
            return AttestationError.None;
        }
    }

    private static bool Reaches(AttestationStatement statement, ChainRestore restore) =>
        statement.RootCommitment.Span.SequenceEqual(restore.RootCommitment.Span)
        && (statement.ChainLength > restore.Length || (statement.ChainLength == restore.Length && statement.ChainHead.Span.SequenceEqual(restore.Head.Span)));

    // Under another root key the same entries have another head, and there are at least as many.
    private static bool IsBehind(Memory before, ulong length, string root, string head) =>
        length < before.Length || before.Roots.Take(before.Roots.Count - 1).Contains(root) || (length == before.Length && before.Roots.LastOrDefault() == root && before.Head != head);

    private static Memory Next(Memory before, ulong length, string root, string head) =>
        new(before.Roots.LastOrDefault() == root ? before.Roots : [.. before.Roots.TakeLast(RootsMax - 1), root], length, head, before.Restore);

    private void Keep(Memory memory)
    {
        _memory = memory;
        try
        {
            string temporary = $"{_path}.new";
            using (var file = new FileStream(temporary, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = Mode }))
            {
                Write(file, memory);
                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, _path, overwrite: true);
            IsKept = true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            IsKept = false;
        }
    }

    private Memory Load()
    {
        if (!File.Exists(_path))
            return new([], 0, "", 0);
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(_path));
            JsonElement root = document.RootElement;
            return new(
                [.. root.GetProperty("roots").EnumerateArray().Select(static element => element.GetString() ?? throw new FormatException())],
                root.GetProperty("length").GetUInt64(),
                root.GetProperty("head").GetString() ?? throw new FormatException(),
                root.GetProperty("restore").GetUInt64());
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException or KeyNotFoundException)
        {
            throw new InvalidDataException("The file of what was seen of the fleet's state is damaged.", e);
        }
    }

    private static void Write(Stream stream, Memory memory)
    {
        using var writer = new Utf8JsonWriter(stream);
        writer.WriteStartObject();
        writer.WriteStartArray("roots");
        foreach (string root in memory.Roots)
            writer.WriteStringValue(root);
        writer.WriteEndArray();
        writer.WriteNumber("length", memory.Length);
        writer.WriteString("head", memory.Head);
        writer.WriteNumber("restore", memory.Restore);
        writer.WriteEndObject();
    }

    private sealed record Memory(IReadOnlyList<string> Roots, ulong Length, string Head, ulong Restore);
}
