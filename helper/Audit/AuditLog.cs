using E3.Relay.Helper.State;

namespace E3.Relay.Helper.Audit;

/// <summary>
/// Appends to the audit log of a state folder. A record is on the disk when the call returns; where that cannot be done, the act it is about must not be. After a record that could not be written nothing is
/// accepted any more, because nobody knows what is on the disk.
/// </summary>
internal sealed class AuditLog : IDisposable
{
    private readonly AuditFolder _folder;
    private readonly long _fileBytesMax;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();
    private AuditHead _head;
    private FileStream? _file;
    private string? _broken;

    private AuditLog(AuditFolder folder, long fileBytesMax, TimeProvider time, ILogger logger, AuditVerifier verified)
    {
        _folder = folder;
        _fileBytesMax = fileBytesMax;
        _time = time;
        _logger = logger;
        _head = verified.Head;
        _broken = verified.Problem;
    }

    /// <summary>Bytes from which on the next record begins a new file.</summary>
    public const long DefaultFileBytesMax = 4 * 1024 * 1024;

    /// <summary>Why nothing is accepted; null when all is well.</summary>
    public string? Broken
    {
        get
        {
            lock (_lock)
                return _broken;
        }
    }

    /// <summary>Verifies what is there and opens it. One that is not intact is opened as well, accepts nothing, and says so.</summary>
    public static AuditLog Open(AuditFolder folder, TimeProvider time, ILogger logger, long fileBytesMax = DefaultFileBytesMax)
    {
        PrivateFile.CreateFolder(folder.Path);
        var verified = AuditVerifier.Run(folder, []);
        var log = new AuditLog(folder, fileBytesMax, time, logger, verified);
        if (verified.Problem is { } problem)
        {
            Log.AuditBroken(logger, problem);
            return log;
        }

        if (folder.Files() is [.., string last])
        {
            log._file = new FileStream(last, FileMode.Open, FileAccess.Write, FileShare.Read);
            if (verified.HasTornLine)
                log._file.SetLength(verified.WholeBytes);
            log._file.Seek(0, SeekOrigin.End);
        }

        return log;
    }

    /// <summary>Records that an act begins.</summary>
    /// <returns>Its number, for <see cref="End"/>.</returns>
    /// <exception cref="AuditException">It cannot be recorded, so it must not begin.</exception>
    public long Begin(AuditActor actor, string act, string? target) => Append(actor, act, target, "begun", null);

    /// <summary>Records how an act ended: <c>done</c>, <c>refused</c> or <c>failed</c>.</summary>
    /// <exception cref="AuditException">It cannot be recorded. Nothing else is accepted from here on.</exception>
    public void End(AuditActor actor, string act, string? target, string outcome, long begun) => Append(actor, act, target, outcome, begun);

    public void Dispose()
    {
        lock (_lock)
            _file?.Dispose();
    }

    private long Append(AuditActor actor, string act, string? target, string outcome, long? begun)
    {
        lock (_lock)
        {
            if (_broken is not null)
                throw new AuditException($"the audit log accepts nothing: {_broken}");
            var record = new AuditRecord
            {
                Number = checked(_head.Number + 1),
                Time = _time.GetUtcNow(),
                UserId = actor.UserId,
                GroupId = actor.GroupId,
                ProcessId = actor.ProcessId,
                Act = act,
                Target = target,
                Outcome = outcome,
                Begun = begun,
                Previous = _head.Digest,
            };
            try
            {
                Write(record.Number, record.Write());
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                _broken = "a record could not be written";
                Log.AuditBroken(_logger, _broken);
                throw new AuditException(_broken, e);
            }

            // Also in the helper's own log, which goes elsewhere: whoever rewrites the whole folder does not rewrite that.
            Log.Audited(_logger, act, outcome, _head.ToString());
            return record.Number;
        }
    }

    private void Write(long number, byte[] line)
    {
        if (_file is null || _file.Length >= _fileBytesMax)
            Rotate(number);
        _file!.Write([.. line, (byte)'\n']);
        _file.Flush(flushToDisk: true);
        _head = AuditHead.Of(number, line);
        PrivateFile.Write(_folder.HeadFile, System.Text.Encoding.ASCII.GetBytes($"{_head}\n"));
    }

    private void Rotate(long number)
    {
        _file?.Dispose();
        _file = null;
        string path = _folder.FileFrom(number);
        PrivateFile.Touch(path);
        _file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read);
        FolderSync.Flush(_folder.Path);
    }
}
