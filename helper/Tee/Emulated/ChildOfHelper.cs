using System.Diagnostics;

namespace E3.Relay.Helper.Tee.Emulated;

/// <summary>Starts programs that know nothing of their parent so that they end with it, however it ends: a shell between the two holds the other end of a pipe.</summary>
internal static class ChildOfHelper
{
    private const string Script = """
        exec 3<&0
        "$@" </dev/null 3<&- &
        child=$!
        { cat <&3; kill -9 "$child"; } >/dev/null 2>&1 &
        exec 3<&-
        wait "$child"
        """;

    /// <summary>Starts a program.</summary>
    public static Process Start(string program, params string[] arguments) => Process.Start(new ProcessStartInfo("/bin/sh", ["-c", Script, "sh", program, .. arguments])
    {
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        UseShellExecute = false,
    })!;

    /// <summary>Ends a program that was started here.</summary>
    public static void End(Process process)
    {
        try
        {
            process.StandardInput.Close();
        }
        catch (Exception e) when (e is IOException or InvalidOperationException)
        {
            // It has ended by itself.
        }
    }
}
