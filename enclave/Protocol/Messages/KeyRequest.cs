using MessagePack;

namespace E3.Relay.Enclave.Protocol.Messages;

/// <summary>One key to be made: <c>[app, purpose]</c>. The request of CreateKey is an array of them.</summary>
/// <param name="App">The app.</param>
/// <param name="Purpose">What the key will be for.</param>
public sealed record KeyRequest(string App, KeyPurpose Purpose)
{
    /// <summary>Writes the request of CreateKey.</summary>
    public static void Write(ref MessagePackWriter writer, IReadOnlyList<KeyRequest> requests)
    {
        writer.WriteArrayHeader(requests.Count);
        foreach (KeyRequest request in requests)
        {
            writer.WriteArrayHeader(2);
            writer.Write(request.App);
            writer.Write((byte)request.Purpose);
        }
    }

    /// <summary>Reads the request of CreateKey.</summary>
    public static KeyRequest[] Read(ref MessagePackReader reader)
    {
        var requests = new KeyRequest[Wire.ReadArrayUpTo(ref reader, ProtocolLimits.EntriesMax)];
        for (int i = 0; i < requests.Length; i++)
        {
            Wire.ReadArray(ref reader, 2);
            requests[i] = new(Wire.ReadName(ref reader), (KeyPurpose)reader.ReadByte());
        }

        return requests;
    }
}
