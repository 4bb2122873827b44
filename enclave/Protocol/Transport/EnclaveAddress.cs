using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace E3.Relay.Enclave.Protocol.Transport;

/// <summary>Where an engine listens: <c>unix:/path</c> or <c>vsock:CID:PORT</c>.</summary>
public sealed class EnclaveAddress
{
    // sun_path has 108 bytes, the last of them zero.
    private const int UnixPathBytesMax = 107;
    private readonly Func<Socket> _createSocket;

    private EnclaveAddress(string text, EndPoint endPoint, Func<Socket> createSocket)
    {
        Text = text;
        EndPoint = endPoint;
        _createSocket = createSocket;
    }

    /// <summary>The address as it was written.</summary>
    public string Text { get; }

    /// <summary>The end point to bind or connect to.</summary>
    public EndPoint EndPoint { get; }

    /// <summary>The path of a <c>unix:</c> address, else null.</summary>
    public string? UnixPath => EndPoint is UnixDomainSocketEndPoint ? Text["unix:".Length..] : null;

    /// <summary>Reads an address; false when it has neither form.</summary>
    public static bool TryParse(string text, out EnclaveAddress address)
    {
        address = null!;
        string[] parts = text.Split(':');
        if (parts is ["vsock", string cid, string port]
            && uint.TryParse(cid, NumberStyles.None, CultureInfo.InvariantCulture, out uint cidNumber)
            && uint.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out uint portNumber))
        {
            address = new(text, new VsockEndPoint(cidNumber, portNumber), VsockEndPoint.CreateSocket);
        }

        if (text.StartsWith("unix:", StringComparison.Ordinal) && !text.Contains('\0') && Encoding.UTF8.GetByteCount(text) - 5 is > 0 and <= UnixPathBytesMax)
            address = new(text, new UnixDomainSocketEndPoint(text[5..]), static () => new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified));
        return address is not null;
    }

    /// <summary>A new socket of the right family.</summary>
    public Socket CreateSocket() => _createSocket();

    /// <inheritdoc/>
    public override string ToString() => Text;
}
