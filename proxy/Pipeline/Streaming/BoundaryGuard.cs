namespace E3.Relay.Proxy.Pipeline.Streaming;

/// <summary>Looks for a boundary in content that comes in pieces, also where it stands in two of them: it would end the part.</summary>
/// <param name="boundary">With its hyphens; empty where content may hold anything.</param>
internal sealed class BoundaryGuard(ReadOnlyMemory<byte> boundary)
{
    private byte[] _end = [];

    /// <summary>Whether the boundary stands in the piece, or ends there.</summary>
    public bool Sees(ReadOnlySpan<byte> piece)
    {
        if (boundary.IsEmpty)
            return false;
        int kept = boundary.Length - 1;
        byte[] seam = [.. _end, .. piece[..Math.Min(piece.Length, kept)]];
        if (piece.IndexOf(boundary.Span) >= 0 || seam.AsSpan().IndexOf(boundary.Span) >= 0)
            return true;
        _end = piece.Length >= kept ? [.. piece[^kept..]] : seam[^Math.Min(seam.Length, kept)..];
        return false;
    }
}
