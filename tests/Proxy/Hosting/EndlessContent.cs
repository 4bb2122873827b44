using System.Net;

namespace E3.Relay.Proxy.Tests.Hosting;

/// <summary>A body of any size that is made while it is sent.</summary>
/// <param name="pieces">What it consists of.</param>
/// <param name="length">Its declared length; null for none.</param>
internal sealed class EndlessContent(IEnumerable<ReadOnlyMemory<byte>> pieces, long? length = null) : HttpContent
{
    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        foreach (ReadOnlyMemory<byte> piece in pieces)
            await stream.WriteAsync(piece);
    }

    protected override bool TryComputeLength(out long declared)
    {
        declared = length ?? 0;
        return length is not null;
    }
}
