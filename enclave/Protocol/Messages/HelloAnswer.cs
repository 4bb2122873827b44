using E3.Relay.Enclave.Protocol.Framing;
using MessagePack;

namespace E3.Relay.Enclave.Protocol.Messages;

/// <summary>The answer to a Hello: <c>[version, session nonce, phase, simulated, evidence]</c>.</summary>
/// <param name="Version">The protocol version of the session.</param>
/// <param name="SessionNonce">32 bytes under every later signature of the session.</param>
/// <param name="Phase">The engine's phase.</param>
/// <param name="Simulated">True when the engine's tokens carry the test bit. Says nothing of trust: the attestation document does.</param>
/// <param name="Evidence">The attestation document with the caller's nonce.</param>
public sealed record HelloAnswer(byte Version, ReadOnlyMemory<byte> SessionNonce, EnginePhase Phase, bool Simulated, Evidence Evidence)
{
    /// <summary>Writes the answer.</summary>
    public void Write(ref MessagePackWriter writer)
    {
        writer.WriteArrayHeader(5);
        writer.Write(Version);
        writer.Write(SessionNonce.Span);
        writer.Write((byte)Phase);
        writer.Write(Simulated);
        Evidence.Write(ref writer);
    }

    /// <summary>Reads the answer.</summary>
    public static HelloAnswer Read(ref MessagePackReader reader)
    {
        Wire.ReadArray(ref reader, 5);
        return new(reader.ReadByte(), Wire.ReadExactly(ref reader, FrameDigest.NonceBytes), (EnginePhase)reader.ReadByte(), reader.ReadBoolean(), Evidence.Read(ref reader));
    }
}
