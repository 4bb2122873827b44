namespace E3.Relay.Helper.Tee;

/// <summary>Finds the engine's host program.</summary>
internal static class EngineProgram
{
    private const string Name = "E3.Relay.Enclave.Host";

    /// <summary>The path given, or the one that the build wrote down in <c>programs.txt</c>, or the one of a published layout (<c>enclave/</c> beside the helper).</summary>
    /// <exception cref="HelperRefusedException">There is none.</exception>
    public static string Find(string? given, string baseFolder)
    {
        string path = Path.GetFullPath(given ?? FromBuild(Path.Combine(baseFolder, "programs.txt")) ?? Path.Combine(baseFolder, "enclave", Name));
        return File.Exists(path) ? path : throw new HelperRefusedException(ExitCode.EngineMissing, $"There is no engine at {path}; build it, or name it with --enclave.");
    }

    private static string? FromBuild(string list)
    {
        if (!File.Exists(list))
            return null;
        foreach (string line in File.ReadLines(list))
        {
            // The list names the managed assembly; the executable that starts it lies beside it without the extension.
            if (line.StartsWith($"{Name}=", StringComparison.Ordinal))
                return Path.ChangeExtension(line[(Name.Length + 1)..], null);
        }

        return null;
    }
}
