using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using E3.Relay.Enclave.Protocol.Framing;
using E3.Relay.Enclave.Protocol.Messages;
using MessagePack;

namespace E3.Relay.Benchmarks.Channel;

/// <summary>
/// What the channel is compared with, in a process of its own: an echo of whole frames over TLS on a Unix socket, and an unsigned prototype without TLS that decodes each Transform and answers with
/// constant bytes of a token's length.
/// </summary>
internal static class ServedChannel
{
    public const string Argument = "--serve-channel";
    public const string EchoSuffix = ".echo";
    public const string PrototypeSuffix = ".plain";
    public const string Ready = "channel listens";
    private static readonly byte[] TokenText = new byte[146];

    public static async Task<int> RunAsync(string path)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 certificate = new CertificateRequest("CN=echo", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200));
        var tls = new SslServerAuthenticationOptions { ServerCertificate = certificate, EnabledSslProtocols = System.Security.Authentication.SslProtocols.Tls13, AllowTlsResume = false };
        _ = ServeAsync(path + EchoSuffix, async stream =>
        {
            var secure = new SslStream(stream);
            await secure.AuthenticateAsServerAsync(tls);
            return secure;
        }, static (request, answer) =>
        {
            request.Span.CopyTo(answer.GetSpan(request.Length));
            answer.Advance(request.Length);
        });
        _ = ServeAsync(path + PrototypeSuffix, static stream => Task.FromResult(stream), AnswerTransform);
        Console.WriteLine(Ready);
        await Console.OpenStandardInput().CopyToAsync(Stream.Null);
        return 0;
    }

    private static async Task ServeAsync(string path, Func<Stream, Task<Stream>> secure, Action<ReadOnlyMemory<byte>, FrameBuffer> answerFrame)
    {
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen(16);
        while (true)
        {
            Socket peer = await listener.AcceptAsync();
            _ = Task.Run(async () =>
            {
                await using Stream stream = await secure(new NetworkStream(peer, ownsSocket: true));
                using FrameBuffer request = new(), answer = new();
                while (await request.WaitForFrameAsync(stream, CancellationToken.None))
                {
                    await request.ReadFrameAsync(stream, (int)await request.ReadLengthAsync(stream, CancellationToken.None), CancellationToken.None);
                    answer.Clear();
                    answerFrame(request.Frame, answer);
                    await answer.WriteToAsync(stream, CancellationToken.None);
                }
            });
        }
    }

    private static void AnswerTransform(ReadOnlyMemory<byte> frame, FrameBuffer answer)
    {
        var reader = new MessagePackReader(frame);
        var writer = new MessagePackWriter(answer);
        int groups = reader.ReadArrayHeader();
        writer.WriteArrayHeader(groups);
        for (int i = 0; i < groups; i++)
        {
            TransformGroup.ReadHeader(ref reader, out int items);
            writer.WriteArrayHeader(items);
            for (int j = 0; j < items; j++)
            {
                reader.Skip();
                reader.Skip();
                writer.WriteArrayHeader(3);
                writer.Write((ushort)0);
                writer.Write((byte)1);
                writer.Write(TokenText);
            }
        }

        writer.Flush();
    }
}
