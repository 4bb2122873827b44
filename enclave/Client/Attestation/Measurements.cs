using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Documents;
using MessagePack;

namespace E3.Relay.Enclave.Client.Attestation;

/// <summary>
/// The administrators' list of accepted images. Body of a <see cref="DocumentKind.Measurements"/> document:
/// <c>[1, fleet id, serial, not-before, not-after, [[name, not-before, not-after, {pcr index: 48 bytes, …}], …]]</c>, times in seconds since 1970-01-01 UTC, PCR indexes rising.
/// An image that does not pin PCR0, PCR1 and PCR2 makes the whole document malformed.
/// </summary>
public sealed record Measurements(ReadOnlyMemory<byte> FleetId, ulong Serial, long NotBefore, long NotAfter, IReadOnlyList<AcceptedMeasurement> Accepted)
{
    private const byte FormatVersion = 1;
    private const int AcceptedMax = 64;
    private const int AlwaysPinned = 3;

    /// <summary>Reads the body.</summary>
    public static bool TryRead(ReadOnlyMemory<byte> body, out Measurements measurements) => Wire.TryRead(body, Read, out measurements);

    /// <summary>Writes the body.</summary>
    public byte[] Write() => Wire.Write((ref MessagePackWriter writer) =>
    {
        writer.WriteArrayHeader(6);
        writer.Write(FormatVersion);
        writer.Write(FleetId.Span);
        writer.Write(Serial);
        writer.Write(NotBefore);
        writer.Write(NotAfter);
        writer.WriteArrayHeader(Accepted.Count);
        foreach (AcceptedMeasurement measurement in Accepted)
            WriteAccepted(ref writer, measurement);
    });

    /// <summary>Finds the image that a document tells of, if it is accepted at this time.</summary>
    public AttestationError Find(AttestationDocument document, DateTimeOffset at, out AcceptedMeasurement found)
    {
        found = null!;
        long now = at.ToUnixTimeSeconds();
        if (now < NotBefore || now >= NotAfter)
            return AttestationError.MeasurementsOutsideValidity;
        foreach (AcceptedMeasurement measurement in Accepted)
        {
            if (now >= measurement.NotBefore && now < measurement.NotAfter && measurement.Matches(document))
            {
                found = measurement;
                return AttestationError.None;
            }
        }

        return AttestationError.MeasurementNotAccepted;
    }

    private static void WriteAccepted(ref MessagePackWriter writer, AcceptedMeasurement measurement)
    {
        writer.WriteArrayHeader(4);
        writer.Write(measurement.Name);
        writer.Write(measurement.NotBefore);
        writer.Write(measurement.NotAfter);
        writer.WriteMapHeader(measurement.Pcrs.Count);
        foreach ((int index, ReadOnlyMemory<byte> value) in measurement.Pcrs.OrderBy(static pcr => pcr.Key))
        {
            writer.Write(index);
            writer.Write(value.Span);
        }
    }

    private static Measurements Read(ref MessagePackReader reader)
    {
        Wire.ReadArray(ref reader, 6);
        if (reader.ReadByte() != FormatVersion)
            throw Wire.Malformed();
        ReadOnlyMemory<byte> fleetId = Wire.ReadExactly(ref reader, Genesis.FleetIdBytes);
        ulong serial = reader.ReadUInt64();
        long notBefore = reader.ReadInt64(), notAfter = reader.ReadInt64();
        var accepted = new AcceptedMeasurement[Wire.ReadArrayUpTo(ref reader, AcceptedMax)];
        for (int i = 0; i < accepted.Length; i++)
            accepted[i] = ReadAccepted(ref reader);
        return new(fleetId, serial, notBefore, notAfter, accepted);
    }

    private static AcceptedMeasurement ReadAccepted(ref MessagePackReader reader)
    {
        Wire.ReadArray(ref reader, 4);
        string name = Wire.ReadName(ref reader);
        long notBefore = reader.ReadInt64(), notAfter = reader.ReadInt64();
        int count = reader.ReadMapHeader();
        if (count is < AlwaysPinned or > AttestationDocument.PcrCount)
            throw Wire.Malformed();
        var pcrs = new Dictionary<int, ReadOnlyMemory<byte>>(count);
        for (int i = 0, previous = -1; i < count; i++)
        {
            int index = reader.ReadInt32();

            // Rising from 0, so the first three are PCR0, PCR1 and PCR2.
            if (index <= previous || index >= AttestationDocument.PcrCount || (i < AlwaysPinned && index != i))
                throw Wire.Malformed();
            pcrs[index] = Wire.ReadExactly(ref reader, AttestationDocument.PcrBytes);
            previous = index;
        }

        return new(name, notBefore, notAfter, pcrs);
    }
}
