using MessagePack;

namespace E3.Relay.Enclave.Protocol.Messages;

/// <summary>
/// Fields under one operation, app, role and bound context: <c>[operation, app, role, context, first, last, with, [type, value, type, value, …]]</c>.
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

    /// <summary>For <see cref="TransformOperation.Mask"/>: leading characters to leave.</summary>
    public byte MaskFirst { get; init; }

    /// <summary>For <see cref="TransformOperation.Mask"/>: trailing characters to leave.</summary>
    public byte MaskLast { get; init; }

    /// <summary>For <see cref="TransformOperation.Mask"/>: the character, a Unicode scalar value, that stands for those that are hidden.</summary>
    public uint MaskWith { get; init; } = '*';

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
        Wire.ReadArray(ref reader, 8);
        var group = new TransformGroup
        {
            Operation = (TransformOperation)reader.ReadByte(),
            App = Wire.ReadName(ref reader),
            Role = Wire.ReadName(ref reader),
            Context = Wire.ReadBytes(ref reader, ProtocolLimits.ContextBytesMax),
            MaskFirst = reader.ReadByte(),
            MaskLast = reader.ReadByte(),
            MaskWith = reader.ReadUInt32(),
        };
        int values = Wire.ReadArrayUpTo(ref reader, 2 * ProtocolLimits.FieldsMax);
        items = values % 2 == 0 ? values / 2 : throw Wire.Malformed();
        return group;
    }

    /// <summary>Writes the group.</summary>
    public void Write(ref MessagePackWriter writer)
    {
        writer.WriteArrayHeader(8);
        writer.Write((byte)Operation);
        writer.Write(App);
        writer.Write(Role);
        writer.Write(Context.Span);
        writer.Write(MaskFirst);
        writer.Write(MaskLast);
        writer.Write(MaskWith);
        writer.WriteArrayHeader(checked(2 * Items.Count));
        for (int i = 0; i < Items.Count; i++)
        {
            writer.Write((byte)Items[i].Type);
            writer.Write(Items[i].Value.Span);
        }
    }
}
