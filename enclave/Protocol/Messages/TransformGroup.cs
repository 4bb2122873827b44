using MessagePack;

namespace E3.Relay.Enclave.Protocol.Messages;

/// <summary>
/// Fields under one operation, app, role and bound context: <c>[operation, app, role, context, parameters, [type, value, type, value, …]]</c>.
/// The parameters are <c>[first, last, with]</c> for mask, <c>[first, last, alphabet, luhn, key version]</c> for preserve and unpreserve, and <c>[]</c> for the others.
/// The request of Transform is <c>[group, …]</c>; its answer is <c>[[result, …], …]</c> in the same order.
/// </summary>
public sealed class TransformGroup
{
    /// <summary>The operation.</summary>
    public required TransformOperation Operation { get; init; }

    /// <summary>The app whose keys are used.</summary>
    public required string App { get; init; }

    /// <summary>The role, part of the additional data.</summary>
    public required string Role { get; init; }

    /// <summary>The bound context, part of the additional data.</summary>
    public ReadOnlyMemory<byte> Context { get; init; }

    /// <summary>For mask, preserve and unpreserve: leading characters that stay.</summary>
    public byte KeepFirst { get; init; }

    /// <summary>For mask, preserve and unpreserve: trailing characters that stay.</summary>
    public byte KeepLast { get; init; }

    /// <summary>For <see cref="TransformOperation.Mask"/>: the character, a Unicode scalar value, that stands for those that are hidden.</summary>
    public uint MaskWith { get; init; } = '*';

    /// <summary>For preserve and unpreserve: the characters that the value consists of.</summary>
    public Alphabet Alphabet { get; init; } = Alphabet.Digits;

    /// <summary>For preserve and unpreserve: whether value and result carry a valid check digit (ISO/IEC 7812-1 annex B).</summary>
    public bool Luhn { get; init; }

    /// <summary>For preserve and unpreserve: the version of the key, which rotation does not move.</summary>
    public uint KeyVersion { get; init; }

    /// <summary>The fields.</summary>
    public IReadOnlyList<TransformItem> Items { get; init; } = [];

    /// <summary>Bytes that the group will take in a frame, or a little more.</summary>
    public int EstimatedBytes
    {
        get
        {
            int bytes = checked(256 + Context.Length);
            for (int i = 0; i < Items.Count; i++)
                bytes = checked(bytes + Items[i].Value.Length + 8);
            return bytes;
        }
    }

    /// <summary>Reads everything in front of the fields, and how many fields follow.</summary>
    public static TransformGroup ReadHeader(ref MessagePackReader reader, out int items)
    {
        Wire.ReadArray(ref reader, 6);
        var operation = (TransformOperation)reader.ReadByte();
        string app = Wire.ReadName(ref reader), role = Wire.ReadName(ref reader);
        ReadOnlyMemory<byte> context = Wire.ReadBytes(ref reader, ProtocolLimits.ContextBytesMax);
        bool mask = operation == TransformOperation.Mask, preserve = operation is TransformOperation.Preserve or TransformOperation.Unpreserve;
        Wire.ReadArray(ref reader, mask ? 3 : preserve ? 5 : 0);
        var group = new TransformGroup
        {
            Operation = operation,
            App = app,
            Role = role,
            Context = context,
            KeepFirst = mask || preserve ? reader.ReadByte() : (byte)0,
            KeepLast = mask || preserve ? reader.ReadByte() : (byte)0,
            MaskWith = mask ? reader.ReadUInt32() : '*',
            Alphabet = preserve ? (Alphabet)reader.ReadByte() : Alphabet.Digits,
            Luhn = preserve && reader.ReadBoolean(),
            KeyVersion = preserve ? reader.ReadUInt32() : 0,
        };
        int values = Wire.ReadArrayUpTo(ref reader, 2 * ProtocolLimits.FieldsMax);
        items = values % 2 == 0 ? values / 2 : throw Wire.Malformed();
        return group;
    }

    /// <summary>Writes the group.</summary>
    public void Write(ref MessagePackWriter writer)
    {
        writer.WriteArrayHeader(6);
        writer.Write((byte)Operation);
        writer.Write(App);
        writer.Write(Role);
        writer.Write(Context.Span);
        WriteParameters(ref writer);
        writer.WriteArrayHeader(checked(2 * Items.Count));
        for (int i = 0; i < Items.Count; i++)
        {
            writer.Write((byte)Items[i].Type);
            writer.Write(Items[i].Value.Span);
        }
    }

    private void WriteParameters(ref MessagePackWriter writer)
    {
        bool mask = Operation == TransformOperation.Mask, preserve = Operation is TransformOperation.Preserve or TransformOperation.Unpreserve;
        writer.WriteArrayHeader(mask ? 3 : preserve ? 5 : 0);
        if (!mask && !preserve)
            return;
        writer.Write(KeepFirst);
        writer.Write(KeepLast);
        if (mask)
        {
            writer.Write(MaskWith);
            return;
        }

        writer.Write((byte)Alphabet);
        writer.Write(Luhn);
        writer.Write(KeyVersion);
    }
}
