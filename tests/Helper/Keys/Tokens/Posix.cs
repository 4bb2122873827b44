using System.Runtime.InteropServices;

namespace E3.Relay.Helper.Tests.Keys.Tokens;

/// <summary>The environment that native libraries read, which .NET's own copy does not reach.</summary>
internal static partial class Posix
{
    public static void SetEnvironment(string name, string value)
    {
        if (SetEnv(name, value, 1) != 0)
            throw new InvalidOperationException($"setenv {name} failed.");
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int SetEnv(string name, string value, int overwrite);
}
