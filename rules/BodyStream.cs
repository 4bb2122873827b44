using System.Diagnostics.CodeAnalysis;

namespace E3.Relay.Rules;

/// <summary>
/// Finds the selected values of a body that is never there whole. Its owner holds the bytes that came and are not decided yet, shows them again with what came after them, and cuts off parts about which
/// everything is known. All parts, one behind the other, are the body; written with the same replacements they are what <see cref="BodySelection.TryWrite"/> makes of the whole.
/// </summary>
/// <remarks>A selected file is in no part: it stands behind the one that ends with <see cref="File"/>. What only the end of a body tells (that it is well-formed, that a required value is there) refuses it there: whoever forwards parts before must cut the message off then, not end it.</remarks>
public abstract class BodyStream : IDisposable
{
    /// <summary>How many of the held bytes can be cut off.</summary>
    public int Decided { get; protected set; }

    /// <summary>How many bytes should be held before it is worth to read again; a hint.</summary>
    public int Wanted { get; protected set; }

    /// <summary>Whether a part is large enough: nothing more is read before it is cut off.</summary>
    public abstract bool IsFull { get; }

    /// <summary>Whether the body was read to its end, and nothing is wrong with it.</summary>
    public bool IsEnd { get; protected set; }

    /// <summary>The selected file whose content is held first, when the part before it was cut off; null when there is none, or when all of it was read.</summary>
    public StreamedFile? File { get; protected set; }

    /// <summary>Why the body is refused; null as long as it is not.</summary>
    public abstract Refusal? Refusal { get; }

    /// <summary>Reads on as far as it can, or until the part is full. Never throws on bad data.</summary>
    /// <param name="held">The bytes that came and were not cut off.</param>
    /// <param name="isLast">Whether nothing comes after them.</param>
    /// <returns>False when the body is refused.</returns>
    public abstract bool TryRead(ReadOnlyMemory<byte> held, bool isLast);

    /// <summary>Cuts off the part that is decided. What is held from then on begins behind it.</summary>
    /// <param name="part">The first <see cref="Decided"/> bytes that are held. They must not change while the selection is in use.</param>
    /// <param name="selection">Its selected values; dispose of it.</param>
    /// <param name="refusal">Why the body is refused.</param>
    public abstract bool TryCut(ReadOnlyMemory<byte> part, out BodySelection selection, [NotNullWhen(false)] out Refusal? refusal);

    /// <summary>Reads on in <see cref="File"/>.</summary>
    /// <param name="held">The bytes that came and were not cut off.</param>
    /// <param name="isLast">Whether nothing comes after them.</param>
    /// <param name="length">How many of the first bytes are content of the file. They are cut off: what is held from then on begins behind them.</param>
    /// <returns>False when the body is refused.</returns>
    public virtual bool TryReadFile(ReadOnlyMemory<byte> held, bool isLast, out int length)
    {
        length = 0;
        return true;
    }

    /// <summary>Clears what stands in decoded values. Parts that were cut off stay as they are.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc cref="Dispose()"/>
    protected abstract void Dispose(bool disposing);
}
