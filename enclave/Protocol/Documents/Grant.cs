using MessagePack;

namespace E3.Relay.Enclave.Protocol.Documents;

/// <summary>
/// What an administrator allows the holder of one key to do. Body of a <see cref="DocumentKind.Grant"/> document:
/// <c>[1, fleet id, serial, not-before, not-after, kind, caller's SubjectPublicKeyInfo, name, [app, …], [role, …], [[operation, first, last], …], [fields a call, bytes a field, failed opens a minute]]</c>.
/// An element more or less, or another first number, is another document.
/// </summary>
public sealed class Grant
{
    private const byte FormatVersion = 1;

    /// <summary>The fleet that the grant is for, 16 bytes.</summary>
    public required ReadOnlyMemory<byte> FleetId { get; init; }

    /// <summary>Rises with each grant; a grant below the fleet's minimum is revoked.</summary>
    public required ulong Serial { get; init; }

    /// <summary>First second at which the grant holds, in seconds since 1970-01-01 UTC.</summary>
    public required long NotBefore { get; init; }

    /// <summary>First second at which it does not hold any more.</summary>
    public required long NotAfter { get; init; }

    /// <summary>What the holder is.</summary>
    public required CallerKind Kind { get; init; }

    /// <summary>The holder's P-256 key, as a DER SubjectPublicKeyInfo.</summary>
    public required ReadOnlyMemory<byte> CallerKey { get; init; }

    /// <summary>A name for people.</summary>
    public required string Name { get; init; }

    /// <summary>The apps, or <c>*</c> alone.</summary>
    public required IReadOnlyList<string> Apps { get; init; }

    /// <summary>The roles, or <c>*</c> alone.</summary>
    public required IReadOnlyList<string> Roles { get; init; }

    /// <summary>The operations, one by one.</summary>
    public required IReadOnlyList<GrantedOperation> Operations { get; init; }

    /// <summary>The most fields in one call.</summary>
    public uint FieldsMax { get; init; } = ProtocolLimits.FieldsMax;

    /// <summary>The most bytes in one field.</summary>
    public uint FieldBytesMax { get; init; } = ProtocolLimits.FieldBytesMax;

    /// <summary>The most tokens in a minute that may fail to open.</summary>
    public uint FailedOpensMax { get; init; } = 100_000;

    /// <summary>Reads the body of a grant.</summary>
    public static bool TryRead(ReadOnlyMemory<byte> body, out Grant grant) => Wire.TryRead(body, Read, out grant);

    /// <summary>True when the list names this name, or every name.</summary>
    public static bool Names(IReadOnlyList<string> granted, string name)
    {
        for (int i = 0; i < granted.Count; i++)
        {
            if (granted[i] == name || granted[i] == Protocol.Names.Any)
                return true;
        }

        return false;
    }

    /// <summary>Writes the body.</summary>
    public byte[] Write() => Wire.Write((ref MessagePackWriter writer) =>
    {
        writer.WriteArrayHeader(12);
        writer.Write(FormatVersion);
        writer.Write(FleetId.Span);
        writer.Write(Serial);
        writer.Write(NotBefore);
        writer.Write(NotAfter);
        writer.Write((byte)Kind);
        writer.Write(CallerKey.Span);
        writer.Write(Name);
        WriteNames(ref writer, Apps);
        WriteNames(ref writer, Roles);
        writer.WriteArrayHeader(Operations.Count);
        foreach (GrantedOperation granted in Operations)
        {
            writer.WriteArrayHeader(3);
            writer.Write((byte)granted.Operation);
            writer.Write(granted.FirstMax);
            writer.Write(granted.LastMax);
        }

        writer.WriteArrayHeader(3);
        writer.Write(FieldsMax);
        writer.Write(FieldBytesMax);
        writer.Write(FailedOpensMax);
    });

    private static Grant Read(ref MessagePackReader reader)
    {
        Wire.ReadArray(ref reader, 12);
        if (reader.ReadByte() != FormatVersion)
            throw Wire.Malformed();
        ReadOnlyMemory<byte> fleetId = Wire.ReadExactly(ref reader, 16);
        ulong serial = reader.ReadUInt64();
        long notBefore = reader.ReadInt64(), notAfter = reader.ReadInt64();
        var kind = (CallerKind)reader.ReadByte();
        ReadOnlyMemory<byte> key = Wire.ReadBytes(ref reader, 256);
        string name = Wire.ReadName(ref reader);
        string[] apps = ReadNames(ref reader), roles = ReadNames(ref reader);
        var operations = new GrantedOperation[Wire.ReadArrayUpTo(ref reader, ProtocolLimits.GrantNamesMax)];
        for (int i = 0; i < operations.Length; i++)
        {
            Wire.ReadArray(ref reader, 3);
            operations[i] = new((TransformOperation)reader.ReadByte(), reader.ReadByte(), reader.ReadByte());
        }

        Wire.ReadArray(ref reader, 3);
        return new()
        {
            FleetId = fleetId,
            Serial = serial,
            NotBefore = notBefore,
            NotAfter = notAfter,
            Kind = kind is CallerKind.Helper or CallerKind.Application ? kind : throw Wire.Malformed(),
            CallerKey = key,
            Name = name,
            Apps = apps,
            Roles = roles,
            Operations = operations,
            FieldsMax = reader.ReadUInt32(),
            FieldBytesMax = reader.ReadUInt32(),
            FailedOpensMax = reader.ReadUInt32(),
        };
    }

    private static void WriteNames(ref MessagePackWriter writer, IReadOnlyList<string> names)
    {
        writer.WriteArrayHeader(names.Count);
        foreach (string name in names)
            writer.Write(name);
    }

    private static string[] ReadNames(ref MessagePackReader reader)
    {
        var names = new string[Wire.ReadArrayUpTo(ref reader, ProtocolLimits.GrantNamesMax)];
        for (int i = 0; i < names.Length; i++)
        {
            string name = reader.ReadString() ?? throw Wire.Malformed();
            names[i] = Protocol.Names.IsValid(name) || (name == Protocol.Names.Any && names.Length == 1) ? name : throw Wire.Malformed();
        }

        return names;
    }
}
