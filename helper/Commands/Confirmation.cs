using System.CommandLine;

namespace E3.Relay.Helper.Commands;

/// <summary>Asks before what cannot be taken back.</summary>
internal static class Confirmation
{
    /// <summary>The option that answers beforehand.</summary>
    public static Option<bool> Option() => new("--yes") { Description = "Do not ask." };

    /// <summary>Asks on a terminal.</summary>
    /// <exception cref="HelperRefusedException">The answer is not yes, or there is nobody to ask.</exception>
    public static void Ask(bool yes, string question)
    {
        if (yes)
            return;
        if (Console.IsInputRedirected)
            throw new HelperRefusedException(ExitCode.Refused, $"{question} Say --yes.");
        Console.Error.Write($"{question} [yes/no] ");
        if (Console.ReadLine()?.Trim() != "yes")
            throw new HelperRefusedException(ExitCode.Refused, "Nothing was changed.");
    }
}
