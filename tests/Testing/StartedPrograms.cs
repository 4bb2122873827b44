namespace E3.Relay.Testing;

/// <summary>The executables that a test project declared as <c>StartedProgramReference</c>, from the <c>programs.txt</c> that the build wrote.</summary>
public static class StartedPrograms
{
    /// <summary>The path of the executable of an assembly, for example <c>E3.Relay.Proxy</c>.</summary>
    public static string PathOf(string assembly)
    {
        var list = Path.Combine(AppContext.BaseDirectory, "programs.txt");
        foreach (var line in File.ReadLines(list))
        {
            var equals = line.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0 && line.AsSpan(0, equals).SequenceEqual(assembly))
                return Executable(line[(equals + 1)..]);
        }

        throw new FileNotFoundException($"{assembly} is not declared as StartedProgramReference of this test project.", list);
    }

    // The list names the managed assembly; the host that starts it lies beside it without the extension.
    private static string Executable(string path) => path.EndsWith(".dll", StringComparison.Ordinal) ? path[..^4] : path;
}
