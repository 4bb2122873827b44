namespace E3.Relay.Helper.Audit;

/// <summary>Reads a whole audit log and computes its chain anew.</summary>
internal sealed class AuditVerifier
{
    private readonly HashSet<long> _unfinished = [];
    private readonly List<AuditHead> _expected = [];
    private AuditHead _head = AuditHead.None;
    private string? _problem;

    private AuditVerifier()
    {
    }

    /// <summary>True when the last line has no end: a record that was being written when the helper died, of an act that was therefore not begun.</summary>
    public bool HasTornLine { get; private set; }

    /// <summary>Bytes of the last file in front of a torn line.</summary>
    public long WholeBytes { get; private set; }

    public AuditHead Head => _head;

    public string? Problem => _problem;

    /// <summary>Verifies the log in a folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="expected">Heads that somebody noted earlier, from the helper's own log for example; each must still be in it.</param>
    public static AuditVerifier Run(AuditFolder folder, IEnumerable<AuditHead> expected)
    {
        var verifier = new AuditVerifier();
        verifier._expected.AddRange(expected);
        if (folder.ReadHead() is { } head)
            verifier._expected.Add(head);
        else if (folder.Files().Length > 0)
            verifier._problem = "the file 'head' is missing or no head";
        foreach (string file in folder.Files())
        {
            if (verifier._problem is null)
                verifier.ReadFile(folder, file);
        }

        verifier.CheckExpected();
        return verifier;
    }

    public AuditReport Report(AuditFolder folder) => new(_problem is null, _head.Number, folder.Files().Length, _head.ToString(), _unfinished.Count, _problem);

    private void ReadFile(AuditFolder folder, string file)
    {
        byte[] bytes = File.ReadAllBytes(file);
        string name = Path.GetFileName(file);
        if (HasTornLine)
            _problem = $"a file follows a line without an end: {name}";
        else if (file != folder.FileFrom(_head.Number + 1))
            _problem = $"the next file must begin with record {_head.Number + 1}: {name}";
        int start = 0;
        while (_problem is null && start < bytes.Length)
        {
            int length = bytes.AsSpan(start).IndexOf((byte)'\n');
            HasTornLine = length < 0;
            if (HasTornLine)
                break;
            ReadLine(bytes.AsSpan(start, length), name);
            start = checked(start + length + 1);
        }

        WholeBytes = start;
    }

    private void ReadLine(ReadOnlySpan<byte> line, string name)
    {
        long number = checked(_head.Number + 1);
        var record = AuditRecord.TryRead(line);
        _problem = record is null ? $"record {number} in {name} is malformed"
            : record.Number != number ? $"record {number} is missing in {name}"
            : record.Previous != _head.Digest ? $"record {number} in {name} does not follow the one in front of it: one of them was changed"
            : !line.SequenceEqual(record.Write()) ? $"record {number} in {name} is not written as the helper writes"
            : record.Begun is { } begun && !_unfinished.Remove(begun) ? $"record {number} in {name} ends an act that was not begun"
            : null;
        if (_problem is not null)
            return;
        if (record!.Begun is null)
            _unfinished.Add(number);
        _head = AuditHead.Of(number, line);
        if (_expected.Exists(expected => expected.Number == number && expected.Digest != _head.Digest))
            _problem = $"record {number} in {name} is not the one that was noted";
    }

    private void CheckExpected()
    {
        if (_problem is null && _expected.Find(expected => expected.Number > _head.Number) is { } missing)
            _problem = $"the log ends with record {_head.Number}, and once had {missing.Number}: it was cut short";
    }
}
