using System.Buffers.Binary;
using System.Text;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Messages;
using Org.BouncyCastle.Crypto.Fpe;
using Org.BouncyCastle.Crypto.Parameters;

namespace E3.Relay.Enclave.Engine;

/// <summary>
/// Format-preserving encryption: FF1 (NIST SP 800-38G) over the characters that are not kept. The tweak ties the result to app, role, context, alphabet, length and the kept characters.
/// The result is not authenticated, and equal values give equal results.
/// </summary>
internal static class FormatPreserver
{
    // NIST SP 800-38G revision 1 asks for a domain of a million at least.
    private const double DomainMin = 1_000_000;
    private const int CharactersMax = 256;

    private static ReadOnlySpan<byte> Characters => "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8;

    /// <summary>Encrypts or decrypts a value in place; false when it does not consist of the alphabet, is too short, or has no valid check digit where it must.</summary>
    public static bool TryTransform(DataKey key, TransformGroup group, Span<byte> value)
    {
        ReadOnlySpan<byte> alphabet = CharactersOf(group.Alphabet);
        int free = value.Length - group.KeepFirst - group.KeepLast;
        if (alphabet.IsEmpty || value.Length > CharactersMax || free < 2 || value.ContainsAnyExcept(alphabet) || (group.Luhn && !(group.Alphabet == Alphabet.Digits && LuhnSum(value) == 0)))
            return false;

        // With a check digit, one free character (the last) is not encrypted but computed: what it was follows from the others.
        int encrypted = group.Luhn ? free - 1 : free;
        if (encrypted < 2 || Math.Pow(alphabet.Length, encrypted) < DomainMin)
            return false;
        Span<byte> middle = value.Slice(group.KeepFirst, encrypted);
        byte[] numerals = new byte[encrypted];
        for (int i = 0; i < encrypted; i++)
            numerals[i] = (byte)alphabet.IndexOf(middle[i]);
        var engine = new FpeFf1Engine();
        engine.Init(group.Operation == TransformOperation.Preserve, new FpeParameters(new KeyParameter(key.Secret.Span), alphabet.Length, Tweak(group, value, free)));
        engine.ProcessBlock(numerals, 0, encrypted, numerals, 0);
        for (int i = 0; i < encrypted; i++)
            middle[i] = alphabet[numerals[i]];
        numerals.AsSpan().Clear();
        if (group.Luhn)
            SetCheckDigit(value, group.KeepFirst + encrypted);
        return true;
    }

    /// <summary>Sum of the digits, with every second from the right doubled, modulo 10 (ISO/IEC 7812-1 annex B).</summary>
    private static int LuhnSum(ReadOnlySpan<byte> digits)
    {
        int sum = 0;
        for (int i = 0; i < digits.Length; i++)
        {
            int digit = digits[^(i + 1)] - '0';
            int doubled = i % 2 == 0 ? digit : 2 * digit;
            sum += doubled > 9 ? doubled - 9 : doubled;
        }

        return sum % 10;
    }

    private static void SetCheckDigit(Span<byte> digits, int at)
    {
        for (byte digit = (byte)'0'; digit <= '9'; digit++)
        {
            digits[at] = digit;
            if (LuhnSum(digits) == 0)
                return;
        }
    }

    private static ReadOnlySpan<byte> CharactersOf(Alphabet alphabet) => alphabet switch
    {
        Alphabet.Digits => Characters[..10],
        Alphabet.Upper => Characters.Slice(10, 26),
        Alphabet.Lower => Characters[36..],
        Alphabet.Alphanumeric => Characters,
        _ => [],
    };

    // Each part behind its length, so that no two different sets of parts give the same tweak.
    private static byte[] Tweak(TransformGroup group, ReadOnlySpan<byte> value, int free)
    {
        var tweak = new List<byte>();
        Append(tweak, Encoding.ASCII.GetBytes(group.App));
        Append(tweak, Encoding.ASCII.GetBytes(group.Role));
        Append(tweak, group.Context.Span);
        Append(tweak, [(byte)group.Alphabet, group.Luhn ? (byte)1 : (byte)0, (byte)(value.Length >> 8), unchecked((byte)value.Length)]);
        Append(tweak, value[..group.KeepFirst]);
        Append(tweak, value[(group.KeepFirst + free)..]);
        return [.. tweak];
    }

    private static void Append(List<byte> tweak, ReadOnlySpan<byte> part)
    {
        Span<byte> length = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(length, (uint)part.Length);
        tweak.AddRange(length);
        tweak.AddRange(part);
    }
}
