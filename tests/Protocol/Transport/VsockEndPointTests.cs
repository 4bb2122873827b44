using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using CsCheck;
using E3.Relay.Enclave.Protocol.Transport;

namespace E3.Relay.Enclave.Protocol.Tests.Transport;

/// <summary>The bytes of <c>struct sockaddr_vm</c>. No socket of the family is opened here.</summary>
public sealed class VsockEndPointTests
{
    [Fact]
    public void Serialize_GivesTheBytesOfTheKernelsStructure()
    {
        SocketAddress address = new VsockEndPoint(cid: 0x01020304, port: 0x0A0B0C0D).Serialize();
        byte[] expected = new byte[16];
        BitConverter.TryWriteBytes(expected, (ushort)40);
        BitConverter.TryWriteBytes(expected.AsSpan(4), 0x0A0B0C0Du);
        BitConverter.TryWriteBytes(expected.AsSpan(8), 0x01020304u);
        Assert.Equal(16, address.Size);
        Assert.Equal(expected, address.Buffer.Span[..16]);
    }

    [Fact]
    public void Serialize_OnALittleEndianMachine_IsPinned()
    {
        Assert.SkipUnless(BitConverter.IsLittleEndian, "The bytes are those of a little-endian machine.");
        Assert.Equal("28000000881300001000000000000000", Convert.ToHexString(new VsockEndPoint(16, 5000).Serialize().Buffer.Span[..16]));
    }

    [Fact]
    public void AddressFamily_IsUnknown() => Assert.Equal(AddressFamily.Unknown, new VsockEndPoint(3, 9000).AddressFamily);

    [Fact]
    public void Create_OfASerializedOne_IsTheSame() => Gen.Select(Gen.UInt, Gen.UInt).Sample((cid, port) =>
    {
        var endPoint = Assert.IsType<VsockEndPoint>(new VsockEndPoint(VsockEndPoint.AnyCid, 0).Create(new VsockEndPoint(cid, port).Serialize()));
        Assert.Equal((cid, port), (endPoint.Cid, endPoint.Port));
    });

    [Fact]
    public void AnyCid_IsThatOfTheKernel()
    {
        Assert.Equal(uint.MaxValue, VsockEndPoint.AnyCid);
        Assert.Equal(uint.MaxValue, BinaryPrimitives.ReadUInt32LittleEndian(new VsockEndPoint(VsockEndPoint.AnyCid, 1).Serialize().Buffer.Span[8..]));
        Assert.Equal("vsock:4294967295:1", new VsockEndPoint(VsockEndPoint.AnyCid, 1).ToString());
    }
}
