using E3.Relay.Helper.Custody;

namespace E3.Relay.CrashMatrix;

/// <summary>A step in the life of keys that is interrupted.</summary>
/// <param name="Name">For the report.</param>
/// <param name="Points">The named instants at which it can be interrupted.</param>
internal sealed record Step(string Name, IReadOnlyList<string> Points)
{
    private static readonly string[] OfAChange = [FailPoint.Made, FailPoint.Stored, FailPoint.Loaded, FailPoint.Agreed, FailPoint.Used];

    /// <summary>The first start on an empty store.</summary>
    public static Step Genesis { get; } = new("genesis", [FailPoint.RootMade, FailPoint.RootStored]);

    /// <summary>An app gets its keys.</summary>
    public static Step Create { get; } = new("create", OfAChange);

    /// <summary>An app's keys get their next versions.</summary>
    public static Step Rotate { get; } = new("rotate", OfAChange);

    /// <summary>A key is retired.</summary>
    public static Step Retire { get; } = new("retire", OfAChange);

    /// <summary>All state moves to another root key.</summary>
    public static Step Rewrap { get; } = new("rewrap", [FailPoint.Rewrapped, FailPoint.Moved]);

    /// <summary>The store is put back from a copy that was made just before, and the helper started on it.</summary>
    public static Step Restore { get; } = new("restore", [FailPoint.Loaded, FailPoint.Agreed, FailPoint.Used]);

    /// <summary>All of them.</summary>
    public static IReadOnlyList<Step> All { get; } = [Genesis, Create, Rotate, Retire, Rewrap, Restore];
}
