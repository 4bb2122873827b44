using System.Text;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Messages;

namespace E3.Relay.Proxy.RuleCommands;

/// <summary>
/// Stands in for format-preserving encryption: each character becomes the one half the alphabet away, which is undone in the same way. It judges values as the engine does,
/// so that an example with a value that the engine would not take fails here too.
/// </summary>
internal static class DryRunPreserver
{
    // NIST SP 800-38G revision 1, as the engine asks.
    private const double DomainMin = 1_000_000;
    private const int CharactersMax = 256;
    private const string Digits = "0123456789", Upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", Lower = "abcdefghijklmnopqrstuvwxyz";

    public static TransformResult Transform(TransformGroup group, TransformItem item)
    {
        string alphabet = CharactersOf(group.Alphabet);
        char[] value = Encoding.UTF8.GetString(item.Value.Span).ToCharArray();
        int free = value.Length - group.KeepFirst - group.KeepLast, moved = group.Luhn ? free - 1 : free;
        bool fits = item.Type == DataType.String && alphabet.Length > 0 && value.Length <= CharactersMax && free >= 2 && Array.TrueForAll(value, c => alphabet.Contains(c, StringComparison.Ordinal));
        if (!fits || moved < 2 || Math.Pow(alphabet.Length, moved) < DomainMin || (group.Luhn && (alphabet != Digits || LuhnSum(value) != 0)))
            return new TransformResult(ErrorCode.ValueInvalid, default, default);
        for (int i = group.KeepFirst; i < group.KeepFirst + moved; i++)
            value[i] = alphabet[(alphabet.IndexOf(value[i], StringComparison.Ordinal) + (alphabet.Length / 2)) % alphabet.Length];
        if (group.Luhn)
            SetCheckDigit(value, group.KeepFirst + moved);
        return new TransformResult(ErrorCode.None, DataType.String, Encoding.ASCII.GetBytes(value));
    }

    private static string CharactersOf(Alphabet alphabet) => alphabet switch
    {
        Alphabet.Digits => Digits,
        Alphabet.Upper => Upper,
        Alphabet.Lower => Lower,
        Alphabet.Alphanumeric => Digits + Upper + Lower,
        _ => "",
    };

    /// <summary>ISO/IEC 7812-1 annex B, modulo 10.</summary>
    private static int LuhnSum(char[] digits)
    {
        int sum = 0;
        for (int i = 0; i < digits.Length; i++)
        {
            int digit = digits[^(i + 1)] - '0', doubled = i % 2 == 0 ? digit : 2 * digit;
            sum += doubled > 9 ? doubled - 9 : doubled;
        }

        return sum % 10;
    }

    private static void SetCheckDigit(char[] digits, int at)
    {
        foreach (char digit in Digits)
        {
            digits[at] = digit;
            if (LuhnSum(digits) == 0)
                return;
        }
    }
}
