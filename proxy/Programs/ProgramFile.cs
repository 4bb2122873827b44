namespace E3.Relay.Proxy.Programs;

/// <summary><c>programs.txt</c> beside the program: what was built to be started, a <c>name=path.dll</c> a line.</summary>
internal static class ProgramFile
{
    private const string Name = "programs.txt";
    private const string LibraryEnding = ".dll";

    /// <summary>The executables by name; empty when the file is absent, as in a deployment.</summary>
    public static IReadOnlyDictionary<string, string> Read(string folder)
    {
        var programs = new Dictionary<string, string>(StringComparer.Ordinal);
        string path = Path.Combine(folder, Name);
        if (!File.Exists(path))
            return programs;
        foreach (string line in File.ReadLines(path))
        {
            int equals = line.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0 && line.EndsWith(LibraryEnding, StringComparison.Ordinal))
                programs[line[..equals]] = line[(equals + 1)..^LibraryEnding.Length];
        }

        return programs;
    }
}
