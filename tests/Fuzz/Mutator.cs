using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace E3.Relay.Fuzz;

/// <summary>Changes inputs: bits, numbers, ranges, words of the language, and pieces of other inputs.</summary>
internal sealed class Mutator(Choice choice, IReadOnlyList<byte[]> words)
{
    /// <summary>The longest input that is made.</summary>
    public const int BytesMax = 16 * 1024;

    private const int ChangesMax = 6;
    private const int RepeatMax = 200;

    private static readonly ulong[] Numbers =
    [
        0, 1, 2, 7, 8, 15, 16, 31, 32, 63, 64, 65, 127, 128, 255, 256, 1023, 1024, 4095, 4096, 32767, 32768, 65535, 65536, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF,
        0x100000000, 0x7FFFFFFFFFFFFFFF, 0x8000000000000000, ulong.MaxValue,
    ];

    // Heads of MessagePack, CBOR and DER that promise much or nothing, and the marks of JSON, YAML, forms and targets.
    private static readonly byte[][] Heads =
    [
        [0x90], [0x9F], [0xDC, 0xFF, 0xFF], [0xDD, 0x7F, 0xFF, 0xFF, 0xFF], [0xDD, 0xFF, 0xFF, 0xFF, 0xFF], [0x80], [0xDF, 0xFF, 0xFF, 0xFF, 0xFF], [0xC0], [0xC1],
        [0xC4, 0x00], [0xC4, 0xFF], [0xC5, 0xFF, 0xFF], [0xC6, 0x7F, 0xFF, 0xFF, 0xFF], [0xC6, 0xFF, 0xFF, 0xFF, 0xFF], [0xCC, 0x01], [0xCD, 0x00, 0x01], [0xCF], [0xD3], [0xD9, 0xFF], [0xDB, 0xFF, 0xFF, 0xFF, 0xFF],
        [0x58, 0xFF], [0x59, 0xFF, 0xFF], [0x5B, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], [0x5F], [0x7F], [0x9B, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], [0xBF], [0xD2], [0xD8, 0x3D], [0xF6], [0xFB], [0xFF],
        [0x30, 0x80], [0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF], [0x24, 0x80], [0x04, 0x80], [0x00, 0x00], [0xA0, 0x80], [0x02, 0x01, 0xFF], [0x06, 0x00], [0x31, 0x00],
        [.. "[["u8], [.. "{\""u8], [.. "\":"u8], [.. "\\u0000"u8], [.. "\\ud800"u8], [.. "1e999"u8], [.. "-0"u8], [.. "null"u8], [.. ","u8], [.. "}"u8], [.. "]"u8],
        [.. "%00"u8], [.. "%"u8], [.. "%2e"u8], [.. "%25"u8], [.. "+"u8], [.. "&"u8], [.. "="u8], [.. "/../"u8], [.. "//"u8], [.. "?"u8], [.. "#"u8], [.. ";"u8],
        [.. "\r\n"u8], [.. "  "u8], [.. ": "u8], [.. "- "u8], [.. "&a "u8], [.. "*a"u8], [.. "!!"u8], [.. "|\n"u8], [0xEF, 0xBB, 0xBF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80],
    ];

    /// <summary>A changed copy of an input; the other one lends pieces.</summary>
    public byte[] Mutate(byte[] input, byte[] other)
    {
        List<byte> bytes = [.. input];
        for (int i = choice.Below(ChangesMax) + 1; i > 0; i--)
            Change(bytes, other);
        if (bytes.Count > BytesMax)
            bytes.RemoveRange(BytesMax, bytes.Count - BytesMax);
        return [.. bytes];
    }

    private void Change(List<byte> bytes, byte[] other)
    {
        int at = choice.Below(bytes.Count);
        switch (choice.Below(13))
        {
            case 0 when bytes.Count > 0:
                bytes[at] ^= (byte)(1 << choice.Below(8));
                break;
            case 1 when bytes.Count > 0:
                bytes[at] = (byte)choice.Below(256);
                break;
            case 2 when bytes.Count > 0:
                bytes[at] = unchecked((byte)(bytes[at] + choice.Below(35) - 17));
                break;
            case 3:
                Overwrite(bytes, at, Number());
                break;
            case 4:
                bytes.InsertRange(at, choice.Of(Heads));
                break;
            case 5:
                bytes.InsertRange(at, Word());
                break;
            case 6:
                Overwrite(bytes, at, Word());
                break;
            case 7:
                bytes.RemoveRange(at, bytes.Count - at);
                break;
            case 8:
                bytes.RemoveRange(at, Length(bytes.Count - at));
                break;
            case 9:
                bytes.InsertRange(choice.Below(bytes.Count), bytes.GetRange(at, Length(bytes.Count - at)));
                break;
            case 10:
                Splice(bytes, at, other);
                break;
            case 11:
                Repeat(bytes, at);
                break;
            default:
                Swap(bytes, at);
                break;
        }
    }

    private byte[] Word() => words.Count > 0 && choice.Below(3) > 0 ? choice.Of(words) : choice.Below(2) == 0 ? choice.Of(Heads) : Number();

    private byte[] Number()
    {
        byte[] number = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(number, choice.Of(Numbers));
        return number[^(1 << choice.Below(4))..];
    }

    // Short pieces are tried more often than long ones.
    private int Length(int most) => choice.Below(2) == 0 ? choice.Below(most + 1) : choice.Below(Math.Min(most, 8) + 1);

    private void Splice(List<byte> bytes, int at, byte[] other)
    {
        int from = choice.Below(other.Length);
        byte[] piece = other[from..(from + Length(other.Length - from))];
        if (choice.Below(2) == 0)
            bytes.RemoveRange(at, Length(bytes.Count - at));
        bytes.InsertRange(at, piece);
    }

    private void Repeat(List<byte> bytes, int at)
    {
        List<byte> piece = bytes.GetRange(at, Math.Min(Length(bytes.Count - at), 8));
        for (int i = choice.Below(RepeatMax); i > 0 && bytes.Count < BytesMax; i--)
            bytes.InsertRange(at, piece);
    }

    private void Swap(List<byte> bytes, int at)
    {
        int length = Length(Math.Min(bytes.Count - at, bytes.Count / 2)), to = choice.Below(bytes.Count - length + 1);
        List<byte> piece = bytes.GetRange(at, length);
        bytes.RemoveRange(at, length);
        bytes.InsertRange(Math.Min(to, bytes.Count), piece);
    }

    private static void Overwrite(List<byte> bytes, int at, byte[] piece)
    {
        Span<byte> rest = CollectionsMarshal.AsSpan(bytes)[at..];
        piece.AsSpan(0, Math.Min(rest.Length, piece.Length)).CopyTo(rest);
    }
}
