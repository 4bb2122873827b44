using MessagePack;

namespace E3.Relay.Enclave.Protocol.Documents;

/// <summary>
/// What the administrators decide for the whole fleet. Body of a <see cref="DocumentKind.Policy"/> document: <c>[1, fleet id, serial, minimum serial of helpers' grants, minimum serial of applications' grants]</c>.
/// </summary>
/// <param name="FleetId">The fleet, 16 bytes.</param>
/// <param name="Serial">Rises with each policy: an older one never replaces a newer one.</param>
/// <param name="HelperSerialMin">Grants of helpers below it are revoked.</param>
/// <param name="ApplicationSerialMin">Grants of applications below it are revoked.</param>
public sealed record Policy(ReadOnlyMemory<byte> FleetId, ulong Serial, ulong HelperSerialMin, ulong ApplicationSerialMin)
{
    private const byte FormatVersion = 1;

    /// <summary>True when the policy revokes the grant.</summary>
    public bool Revokes(Grant grant) => grant.Serial < (grant.Kind == CallerKind.Helper ? HelperSerialMin : ApplicationSerialMin);

    /// <summary>Reads the body.</summary>
    public static bool TryRead(ReadOnlyMemory<byte> body, out Policy policy) => Wire.TryRead(
        body,
        static (ref MessagePackReader reader) =>
        {
            Wire.ReadArray(ref reader, 5);
            return reader.ReadByte() == FormatVersion
                ? new Policy(Wire.ReadExactly(ref reader, Genesis.FleetIdBytes), reader.ReadUInt64(), reader.ReadUInt64(), reader.ReadUInt64())
                : throw Wire.Malformed();
        },
        out policy);

    /// <summary>Writes the body.</summary>
    public byte[] Write() => Wire.Write((ref MessagePackWriter writer) =>
    {
        writer.WriteArrayHeader(5);
        writer.Write(FormatVersion);
        writer.Write(FleetId.Span);
        writer.Write(Serial);
        writer.Write(HelperSerialMin);
        writer.Write(ApplicationSerialMin);
    });
}
