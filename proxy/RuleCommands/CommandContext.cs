using E3.Relay.Proxy.RuleFiles;
using E3.Relay.Rules;

namespace E3.Relay.Proxy.RuleCommands;

/// <summary>Where a command reads and writes.</summary>
/// <param name="Output">Results.</param>
/// <param name="Error">What keeps the command from being done.</param>
/// <param name="Input">What the file name <c>-</c> stands for.</param>
/// <param name="Colours">Whether the output is for a terminal that shows colours.</param>
internal sealed record CommandContext(TextWriter Output, TextWriter Error, Stream Input, bool Colours)
{
    private const string StandardInput = "-";

    /// <summary>Colours are for terminals, and not for those who set NO_COLOR (no-color.org).</summary>
    public static CommandContext OfProcess() => new(
        Console.Out, Console.Error, Console.OpenStandardInput(), !Console.IsOutputRedirected && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")));

    /// <summary>Text in a colour of a terminal, by its SGR number (ECMA-48 section 8.3.117).</summary>
    public string Paint(int colour, string text) => Colours ? $"\e[{colour}m{text}\e[0m" : text;

    /// <summary>Reads a file.</summary>
    /// <exception cref="CommandException">It cannot be read, or is larger than what the proxy reads.</exception>
    public byte[] Read(string path, int bytesMax = RuleSource.BytesMax)
    {
        string name = NameOf(path);
        try
        {
            using Stream file = path == StandardInput ? Input : RegularFile.Open(path);
            using MemoryStream bytes = new();
            byte[] piece = new byte[16 * 1024];
            for (int read = file.Read(piece); read > 0; read = file.Read(piece))
            {
                bytes.Write(piece.AsSpan(0, read));
                if (bytes.Length > bytesMax)
                    throw new CommandException($"{name}: larger than {bytesMax} bytes");
            }

            return bytes.ToArray();
        }
        catch (NotRegularException)
        {
            throw new CommandException($"{name}: is no regular file; what is piped is read as {StandardInput}");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new CommandException($"{name}: cannot be read ({exception.GetType().Name})");
        }
    }

    /// <summary>The name under which a file is reported.</summary>
    public static string NameOf(string path) => path == StandardInput ? "stdin" : path;
}
