using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace E3.Relay.Helper.Keys.Files;

/// <summary>
/// Where a passphrase or a PIN comes from: <c>fd:N</c> (a file descriptor that the parent opened), <c>credential:NAME</c> (a systemd credential) or <c>prompt</c>.
/// Never from an argument or the environment, which others on the machine can read.
/// </summary>
internal sealed class PassphraseSource
{
    public const string Forms = "fd:N, credential:NAME or prompt";
    private const string CredentialsVariable = "CREDENTIALS_DIRECTORY";
    private const int BytesMax = 1024;
    private readonly string _text;

    private PassphraseSource(string text) => _text = text;

    /// <summary>Reads the name of a source.</summary>
    public static PassphraseSource? TryParse(string text)
    {
        bool known = text == "prompt"
            || (text.StartsWith("fd:", StringComparison.Ordinal) && int.TryParse(text.AsSpan(3), NumberStyles.None, CultureInfo.InvariantCulture, out _))
            || (text.StartsWith("credential:", StringComparison.Ordinal) && text.Length > 11 && !text.Contains('/', StringComparison.Ordinal) && !text.Contains("..", StringComparison.Ordinal));
        return known ? new(text) : null;
    }

    /// <summary>Gets the passphrase. The caller zeroes it.</summary>
    /// <param name="what">What it is for, to ask for it by.</param>
    /// <exception cref="HelperRefusedException">There is none, or it is too long.</exception>
    public byte[] Get(string what)
    {
        byte[] passphrase = _text switch
        {
            "prompt" => Prompt(what),
            _ when _text.StartsWith("fd:", StringComparison.Ordinal) => ReadDescriptor(int.Parse(_text.AsSpan(3), NumberStyles.None, CultureInfo.InvariantCulture)),
            _ => ReadCredential(_text["credential:".Length..]),
        };
        return passphrase.Length > 0 ? passphrase : throw Refused($"The passphrase for {what} from {_text} is empty.");
    }

    private static byte[] ReadDescriptor(int descriptor)
    {
        try
        {
            using var stream = new FileStream(new SafeFileHandle(descriptor, ownsHandle: false), FileAccess.Read, bufferSize: 0);
            return ReadLine(stream);
        }
        catch (Exception e) when (e is IOException or ArgumentException or UnauthorizedAccessException)
        {
            throw Refused($"No passphrase can be read from file descriptor {descriptor}.");
        }
    }

    private static byte[] ReadCredential(string name)
    {
        string? folder = Environment.GetEnvironmentVariable(CredentialsVariable);
        if (string.IsNullOrEmpty(folder))
            throw Refused($"There is no {CredentialsVariable}: start the helper as a systemd service with LoadCredential={name}:…");
        try
        {
            using FileStream stream = File.OpenRead(Path.Combine(folder, name));
            return ReadLine(stream);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Refused($"The credential {name} cannot be read.");
        }
    }

    // Up to the first line end, or the end.
    private static byte[] ReadLine(Stream stream)
    {
        byte[] buffer = new byte[BytesMax + 1];
        try
        {
            int length = 0;
            while (length < buffer.Length && stream.ReadByte() is var next and not -1 and not '\n')
                buffer[length++] = (byte)next;
            if (length > 0 && buffer[length - 1] == '\r')
                length--;
            return length <= BytesMax ? buffer[..length] : throw Refused($"The passphrase has over {BytesMax} bytes.");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(buffer);
        }
    }

    private static byte[] Prompt(string what)
    {
        if (Console.IsInputRedirected)
            throw Refused("There is no terminal to ask for the passphrase; give it by fd:N or credential:NAME.");
        Console.Error.Write($"Passphrase for {what}: ");
        var typed = new List<char>();
        while (Console.ReadKey(intercept: true) is var key && key.Key != ConsoleKey.Enter)
        {
            if (key.Key == ConsoleKey.Backspace && typed.Count > 0)
                typed.RemoveAt(typed.Count - 1);
            else if (!char.IsControl(key.KeyChar) && typed.Count < BytesMax / 4)
                typed.Add(key.KeyChar);
        }

        Console.Error.WriteLine();
        byte[] bytes = Encoding.UTF8.GetBytes([.. typed]);
        typed.Clear();
        return bytes;
    }

    private static HelperRefusedException Refused(string reason) => new(ExitCode.Refused, reason);
}
