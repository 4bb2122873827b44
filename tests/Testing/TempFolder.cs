namespace E3.Relay.Testing;

/// <summary>A folder of one test, mode 0700, deleted at the end. Its path is short, because a Unix socket's path has at most 107 bytes.</summary>
public sealed class TempFolder : IDisposable
{
    private const int ParentLengthMax = 24;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Makes the folder.</summary>
    public TempFolder()
    {
        var parent = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetTempPath());
        if (parent.Length > ParentLengthMax)
            parent = "/tmp";

        Path = System.IO.Path.Combine(parent, "e3-" + Guid.NewGuid().ToString("N")[..12]);
        Directory.CreateDirectory(Path, OwnerOnly);
    }

    /// <summary>The absolute path.</summary>
    public string Path { get; }

    /// <summary>The absolute path of something in the folder; nothing is made.</summary>
    public string PathOf(params ReadOnlySpan<string> relative) => System.IO.Path.Combine([Path, .. relative]);

    /// <inheritdoc/>
    public void Dispose()
    {
        // A child that is just ending may still be writing: what it makes during the first pass goes with the second.
        for (var attempt = 0; attempt < 3 && Directory.Exists(Path); attempt++)
        {
            try
            {
                Directory.Delete(Path, recursive: true);
            }
            catch (IOException) when (attempt < 2)
            {
                Thread.Yield();
            }
        }
    }
}
