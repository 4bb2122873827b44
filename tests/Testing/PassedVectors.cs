using System.Globalization;

namespace E3.Relay.Testing;

/// <summary>Counts the published vectors that passed, for people: a line a suite in the folder <c>vectors</c> beside the tests, which <c>.ci/run</c> prints.</summary>
public static class PassedVectors
{
    /// <summary>Writes the line of a suite of which every vector that was run passed.</summary>
    /// <param name="suite">Its name.</param>
    /// <param name="passed">Vectors that were run.</param>
    /// <param name="all">Vectors that it has.</param>
    /// <param name="rest">Why the others were not run.</param>
    public static void Report(string suite, int passed, int all, string rest = "")
    {
        string line = string.Create(CultureInfo.InvariantCulture, $"vectors passed: {suite} {passed} of {all}{(rest.Length == 0 ? "" : $" ({rest})")}");
        string folder = Path.Combine(AppContext.BaseDirectory, "vectors");
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, string.Concat(suite.Where(char.IsAsciiLetterOrDigit)) + ".txt"), line + "\n");
    }
}
