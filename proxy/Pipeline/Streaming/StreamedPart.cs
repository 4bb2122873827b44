using E3.Relay.Rules;

namespace E3.Relay.Proxy.Pipeline.Streaming;

/// <summary>A part of a body about which everything is known.</summary>
/// <param name="Bytes">What came. Belongs to the part.</param>
/// <param name="Selection">The selected values in it. Belongs to the part.</param>
/// <param name="File">The selected file that stands behind the part; null when none does.</param>
internal sealed record StreamedPart(PooledBuffer Bytes, BodySelection Selection, StreamedFile? File) : IDisposable
{
    public void Dispose()
    {
        Selection.Dispose();
        Bytes.Dispose();
    }
}
