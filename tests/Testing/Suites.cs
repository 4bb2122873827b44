using System.Diagnostics.CodeAnalysis;

namespace E3.Relay.Testing;

/// <summary>Third-party test data in <c>shared/suites</c> beside the checkout. It may be absent: tests then skip, saying so.</summary>
public static class Suites
{
    /// <summary>Finds a file or folder of the suites.</summary>
    /// <param name="relative">The path below the suites folder, for example <c>nitro/golden-signed.eif</c>.</param>
    /// <param name="path">The absolute path when it exists.</param>
    public static bool TryPath(string relative, [NotNullWhen(true)] out string? path)
    {
        var candidate = Path.GetFullPath(Path.Combine(Repository.Root, "..", "shared", "suites", relative));
        path = File.Exists(candidate) || Directory.Exists(candidate) ? candidate : null;
        return path is not null;
    }

    /// <summary>What a test says when it skips for want of a suite.</summary>
    public static string Missing(string relative) => $"shared/suites/{relative} is not beside the checkout.";
}
