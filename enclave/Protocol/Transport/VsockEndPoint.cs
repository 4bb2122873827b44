using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace E3.Relay.Enclave.Protocol.Transport;

/// <summary>
/// An AF_VSOCK address (<c>struct sockaddr_vm</c>, 16 bytes in host order: family u16, reserved u16, port u32, cid u32, flags u8).
/// .NET does not know the family, so the end point calls itself <see cref="AddressFamily.Unknown"/> and hands over the bytes.
/// </summary>
public sealed partial class VsockEndPoint(uint cid, uint port) : EndPoint
{
    /// <summary>Any CID, for binding.</summary>
    public const uint AnyCid = uint.MaxValue;

    private const int VsockFamily = 40;
    private const int AddressBytes = 16;
    private const int StreamCloseOnExec = 1 | 0x80000;

    /// <summary>The context id of the machine.</summary>
    public uint Cid { get; } = cid;

    /// <summary>The port.</summary>
    public uint Port { get; } = port;

    /// <inheritdoc/>
    public override AddressFamily AddressFamily => AddressFamily.Unknown;

    /// <summary>A stream socket of the family.</summary>
    /// <exception cref="SocketException">This machine has no such family, or no descriptor left.</exception>
    public static Socket CreateSocket()
    {
        int handle = OpenSocket(VsockFamily, StreamCloseOnExec, 0);
        return handle >= 0 ? new Socket(new SafeSocketHandle(handle, ownsHandle: true)) : throw new SocketException((int)SocketError.AddressFamilyNotSupported);
    }

    /// <inheritdoc/>
    public override SocketAddress Serialize()
    {
        var address = new SocketAddress(AddressFamily.Unspecified, AddressBytes);
        Span<byte> bytes = address.Buffer.Span[..AddressBytes];
        bytes.Clear();
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, VsockFamily);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[4..], Port);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[8..], Cid);
        return address;
    }

    /// <inheritdoc/>
    public override EndPoint Create(SocketAddress socketAddress)
    {
        ReadOnlySpan<byte> bytes = socketAddress.Buffer.Span;
        return new VsockEndPoint(BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]), BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]));
    }

    /// <inheritdoc/>
    public override string ToString() => $"vsock:{Cid}:{Port}";

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    private static partial int OpenSocket(int domain, int type, int protocol);
}
