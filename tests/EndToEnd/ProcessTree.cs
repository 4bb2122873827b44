using System.Globalization;
using System.Runtime.InteropServices;

namespace E3.Relay.EndToEnd.Tests;

/// <summary>The process table as <c>/proc</c> shows it.</summary>
internal static partial class ProcessTree
{
    private const int SignalKill = 9;
    private const int SignalInterrupt = 2;

    /// <summary>All processes below one.</summary>
    public static IEnumerable<(int Id, string Name)> Below(int root)
    {
        var all = new List<(int Id, int Parent, string Name)>();
        foreach (string folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out int id) && ParentOf(id) is { } parent)
                all.Add((id, parent, ExecutableOf(id)));
        }

        var pending = new Queue<int>([root]);
        while (pending.TryDequeue(out int next))
        {
            foreach ((int id, int parent, string name) in all)
            {
                if (parent != next)
                    continue;
                yield return (id, name);
                pending.Enqueue(id);
            }
        }
    }

    public static bool IsAlive(int id) => ParentOf(id) is not null;

    public static void Kill(int id) => _ = Signal(id, SignalKill);

    public static void Interrupt(int id) => _ = Signal(id, SignalInterrupt);

    // Null for a process that is gone, or that only waits to be reaped.
    private static int? ParentOf(int id)
    {
        try
        {
            string stat = File.ReadAllText($"/proc/{id}/stat");
            string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return fields[0] == "Z" ? null : int.Parse(fields[1], CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string ExecutableOf(int id)
    {
        try
        {
            return Path.GetFileName(File.ReadAllText($"/proc/{id}/cmdline").Split('\0')[0]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Signal(int id, int signal);
}
