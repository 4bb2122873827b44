using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using E3.Relay.Enclave.Client.Attestation;
using E3.Relay.Enclave.Protocol;

namespace E3.Relay.Helper.Commands;

/// <summary><c>helper attest</c>: judges attestation documents of AWS Nitro Enclaves, for anybody who has one.</summary>
internal static class AttestCommands
{
    // Register 8 is the signing certificate's; 3 and 4 are the role's and the instance's. The rest is zero, or the application's.
    private static readonly int[] Registers = [0, 1, 2, 3, 4, 8];

    public static Command Create(TimeProvider time) => new("attest", "Attestation documents.") { Verify(time) };

    private static Command Verify(TimeProvider time)
    {
        var file = new Argument<string>("FILE") { Description = "The document, as bytes or base64; - is the standard input." };
        var at = new Option<DateTimeOffset?>("--at") { Description = "The time at which the chain must be valid, ISO 8601; now when not given." };
        var nonce = new Option<string?>("--nonce") { Description = "The nonce that it must carry, hex." };
        (int Register, Option<string?> Option)[] pcrs = [.. Registers.Select(static register =>
            (register, new Option<string?>(string.Create(CultureInfo.InvariantCulture, $"--pcr{register}")) { Description = "The value that it must have, hex." }))];
        var command = new Command("verify", "Ends with 0 when AWS's hardware signed the document and it says what is asked for, and with 1 and the reason when not.") { file, at, nonce };
        foreach ((_, Option<string?> option) in pcrs)
            command.Options.Add(option);
        command.SetAction(result =>
        {
            AttestationError error = AttestationVerifier.VerifyDocument(
                Read(result.GetRequiredValue(file)), [AttestationRoot.AwsNitro], result.GetValue(at) ?? time.GetUtcNow(), out AttestationDocument document);
            if (error != AttestationError.None)
                throw new HelperRefusedException(ExitCode.Refused, $"The document is refused: {error}.");
            foreach ((int register, Option<string?> option) in pcrs)
            {
                if (result.GetValue(option) is { } expected && !IsEqual(document.Pcr(register), expected, option.Name))
                    throw new HelperRefusedException(ExitCode.Refused, $"The document is genuine, but PCR{register} is another.");
            }

            if (result.GetValue(nonce) is { } sent && !IsEqual(document.Nonce, sent, nonce.Name))
                throw new HelperRefusedException(ExitCode.Refused, "The document is genuine, but carries another nonce: it is an old one, or was made for somebody else.");
            Print(document);
            return (int)ExitCode.Success;
        });
        return command;
    }

    private static bool IsEqual(ReadOnlyMemory<byte>? actual, string expected, string option)
    {
        try
        {
            return actual is { } bytes && CryptographicOperations.FixedTimeEquals(bytes.Span, Convert.FromHexString(expected));
        }
        catch (FormatException)
        {
            throw new HelperRefusedException(ExitCode.Refused, $"{option} is not hex.");
        }
    }

    private static void Print(AttestationDocument document)
    {
        // The signer is AWS's module, yet what it signed for an enclave is the enclave's; only hex and a checked name reach the terminal.
        Console.WriteLine($"genuine: signed by {string.Concat(document.ModuleId.Select(static c => char.IsAsciiLetterOrDigit(c) || c == '-' ? c : '?'))} at {document.Timestamp:u}");
        for (int i = 0; i < AttestationDocument.PcrCount; i++)
        {
            if (document.Pcr(i) is { } pcr && pcr.Span.ContainsAnyExcept((byte)0))
                Console.WriteLine($"PCR{i} {Convert.ToHexStringLower(pcr.Span)}");
        }

        Print("nonce", document.Nonce);
        Print("user data", document.UserData);
        Print("public key", document.PublicKey);
    }

    private static void Print(string name, ReadOnlyMemory<byte>? value)
    {
        if (value is { } bytes)
            Console.WriteLine($"{name} {Convert.ToHexStringLower(bytes.Span)}");
    }

    private static byte[] Read(string path)
    {
        // Base64 of the largest document, and the line breaks in it.
        byte[] buffer = new byte[2 * ProtocolLimits.AttestationBytesMax];
        using Stream stream = path == "-" ? Console.OpenStandardInput() : File.OpenRead(path);
        int read = stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        byte[] bytes = buffer[..read];

        // A document begins with an array or a tag, which no base64 does.
        if (read == 0 || bytes[0] >= 0x80)
            return bytes;
        try
        {
            return Convert.FromBase64String(System.Text.Encoding.ASCII.GetString(bytes));
        }
        catch (FormatException)
        {
            return bytes;
        }
    }
}
