using System.Diagnostics;

namespace E3.Relay.Helper.Custody;

/// <summary>
/// Named instants at which a test stops the program to kill something. A debug build asks whether the file of that name lies in the folder that <c>E3_FAIL_POINTS</c> names, and if so renames it to
/// <c>NAME.reached</c> and waits until that is gone too. A release build has nothing of this: neither the calls nor what they would do.
/// </summary>
internal static class FailPoint
{
    /// <summary>An engine made entries, and nobody has stored them.</summary>
    public const string Made = "made";

    /// <summary>Every store has them, and no engine.</summary>
    public const string Stored = "stored";

    /// <summary>This helper's engines have loaded them.</summary>
    public const string Loaded = "loaded";

    /// <summary>All engines of the fleet have.</summary>
    public const string Agreed = "agreed";

    /// <summary>They are used.</summary>
    public const string Used = "used";

    /// <summary>An engine made a root key, and nobody has stored it.</summary>
    public const string RootMade = "root-made";

    /// <summary>The root key is stored, and no engine has it.</summary>
    public const string RootStored = "root-stored";

    /// <summary>An engine sealed everything anew, and nobody has stored that.</summary>
    public const string Rewrapped = "rewrapped";

    /// <summary>The next generation has begun, and all engines are of the one before.</summary>
    public const string Moved = "moved";

    /// <summary>All of them.</summary>
    public static readonly IReadOnlyList<string> All = [Made, Stored, Loaded, Agreed, Used, RootMade, RootStored, Rewrapped, Moved];

    /// <summary>Stops here when a test wants it.</summary>
    [Conditional("DEBUG")]
    public static void Reach(string name)
    {
#if DEBUG
        if (Folder is null || !File.Exists(Path.Combine(Folder, name)))
            return;
        string reached = Path.Combine(Folder, $"{name}.reached");
        File.Move(Path.Combine(Folder, name), reached, overwrite: true);
        SpinWait.SpinUntil(() => !File.Exists(reached));
#endif
    }

#if DEBUG
    private static readonly string? Folder = Environment.GetEnvironmentVariable("E3_FAIL_POINTS");
#endif
}
