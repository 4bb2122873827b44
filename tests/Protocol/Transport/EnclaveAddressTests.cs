using System.Net.Sockets;
using CsCheck;
using E3.Relay.Enclave.Protocol.Transport;

namespace E3.Relay.Enclave.Protocol.Tests.Transport;

public sealed class EnclaveAddressTests
{
    private const int PathBytesMax = 107;

    private static readonly string[] Prefixes = ["", "unix:", "vsock:", "vsock:16:"];

    [Theory]
    [InlineData("unix:/run/e3.sock", "/run/e3.sock")]
    [InlineData("unix:.e3/enclave.sock", ".e3/enclave.sock")]
    [InlineData("unix:/a:b/c", "/a:b/c")]
    [InlineData("unix:/run/é.sock", "/run/é.sock")]
    public void Unix_IsParsed(string text, string path)
    {
        Assert.True(EnclaveAddress.TryParse(text, out EnclaveAddress address));
        Assert.Equal(path, address.UnixPath);
        Assert.Equal(text, address.ToString());
        Assert.Equal(path, Assert.IsType<UnixDomainSocketEndPoint>(address.EndPoint).ToString());
        using Socket socket = address.CreateSocket();
        Assert.Equal(AddressFamily.Unix, socket.AddressFamily);
    }

    [Theory]
    [InlineData("vsock:16:5000", 16, 5000)]
    [InlineData("vsock:0:0", 0, 0)]
    [InlineData("vsock:4294967295:4294967295", uint.MaxValue, uint.MaxValue)]
    public void Vsock_IsParsed(string text, uint cid, uint port)
    {
        Assert.True(EnclaveAddress.TryParse(text, out EnclaveAddress address));
        var endPoint = Assert.IsType<VsockEndPoint>(address.EndPoint);
        Assert.Equal((cid, port), (endPoint.Cid, endPoint.Port));
        Assert.Null(address.UnixPath);
        Assert.Equal(text, address.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("unix")]
    [InlineData("unix:")]
    [InlineData("UNIX:/run/e3.sock")]
    [InlineData(" unix:/run/e3.sock")]
    [InlineData("unix:\0abstract")]
    [InlineData("unix:/run/\0e3.sock")]
    [InlineData("/run/e3.sock")]
    [InlineData("tcp:127.0.0.1:5000")]
    [InlineData("vsock")]
    [InlineData("vsock:")]
    [InlineData("vsock:16")]
    [InlineData("vsock:16:")]
    [InlineData("vsock::5000")]
    [InlineData("vsock:16:5000:1")]
    [InlineData("vsock:-1:5000")]
    [InlineData("vsock:+1:5000")]
    [InlineData("vsock:16: 5000")]
    [InlineData("vsock:0x10:5000")]
    [InlineData("vsock:16:4294967296")]
    [InlineData("vsock:1e1:5000")]
    [InlineData("VSOCK:16:5000")]
    public void Garbage_IsRefused(string text)
    {
        Assert.False(EnclaveAddress.TryParse(text, out EnclaveAddress address));
        Assert.Null(address);
    }

    [Theory]
    [InlineData("a", PathBytesMax)]
    [InlineData("é", PathBytesMax / 2)]
    [InlineData("€", PathBytesMax / 3)]
    public void UnixPath_LongerThanASocketAddressHolds_IsRefused(string character, int repeatedMax)
    {
        Assert.True(EnclaveAddress.TryParse("unix:" + Repeat(character, repeatedMax), out _));
        Assert.False(EnclaveAddress.TryParse("unix:" + Repeat(character, repeatedMax + 1), out _));
    }

    [Fact]
    public void TryParse_OfAnyText_NeverThrows() =>
        Gen.Select(Gen.Int[0, Prefixes.Length - 1], Gen.String[0, 150]).Sample((prefix, rest) =>
        {
            Assert.Equal(EnclaveAddress.TryParse(Prefixes[prefix] + rest, out EnclaveAddress address), address is not null);
        });

    private static string Repeat(string character, int times) => string.Concat(Enumerable.Repeat(character, times));
}
