using System.Net.Sockets;
using Amazon.Runtime;

namespace E3.Relay.Helper.Keys.Aws;

/// <summary>Lets the SDK speak over a Unix socket, which no other user of the machine can listen on or read.</summary>
internal sealed class UnixSocketHttpClientFactory(string path) : HttpClientFactory
{
    public override HttpClient CreateHttpClient(IClientConfig clientConfig) => new(new SocketsHttpHandler { UseProxy = false, ConnectCallback = ConnectAsync });

    /// <summary>The client belongs to one <see cref="AmazonServiceClient"/> and goes with it.</summary>
    public override bool UseSDKHttpClientCaching(IClientConfig clientConfig) => false;

    public override bool DisposeHttpClientsAfterUse(IClientConfig clientConfig) => false;

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
