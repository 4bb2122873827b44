using System.ComponentModel;
using System.Runtime.InteropServices;
using E3.Relay.Enclave.Engine;
using Microsoft.Win32.SafeHandles;

namespace E3.Relay.Enclave.Host;

/// <summary>The Nitro security module as the kernel offers it: one ioctl on <c>/dev/nsm</c> for each request.</summary>
internal sealed partial class NsmDevice(string path) : ISecurityModule, IDisposable
{
    // _IOWR(0x0A, 0, 32 bytes): { u64 request address, u64 request length, u64 response address, u64 response length }.
    private const nuint RawRequest = 0xC0200A00;
    private const int RequestBytesMax = 0x1000;
    private const int ResponseBytesMax = 0x3000;

    private readonly SafeFileHandle _device = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);

    /// <inheritdoc/>
    public unsafe byte[] Exchange(byte[] request)
    {
        if (request.Length > RequestBytesMax)
            throw new IOException("request too large");
        byte[] response = new byte[ResponseBytesMax];
        fixed (byte* requestBytes = request, responseBytes = response)
        {
            var message = new Message { Request = (ulong)requestBytes, RequestLength = (ulong)request.Length, Response = (ulong)responseBytes, ResponseLength = ResponseBytesMax };
            if (Control(_device, RawRequest, &message) != 0)
                throw new IOException("security module", new Win32Exception(Marshal.GetLastPInvokeError()));
            return response[..checked((int)message.ResponseLength)];
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _device.Dispose();

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static unsafe partial int Control(SafeFileHandle device, nuint request, Message* message);

    [StructLayout(LayoutKind.Sequential)]
    private struct Message
    {
        public ulong Request;
        public ulong RequestLength;
        public ulong Response;
        public ulong ResponseLength;
    }
}
