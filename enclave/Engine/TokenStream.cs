using System.Buffers.Binary;
using System.Security.Cryptography;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Tokens;

namespace E3.Relay.Enclave.Engine;

/// <summary>
/// One file on its way through the engine (token algorithm 4): the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár ("Online Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance",
/// CRYPTO 2015) over XAES-256-GCM. The nonce of a segment is 19 random bytes of the file ‖ u32 number of the segment ‖ u8 1 for the last one, else 0. The number is the stream's own and moves before the
/// cipher is used. Nothing of the file is kept between two frames.
/// </summary>
internal sealed class TokenStream : IDisposable
{
    private const int CounterOffset = FileToken.RandomBytes - Xaes256Gcm.HalfNonceBytes;

    // The timer against a frame at work.
    private readonly Lock _lock = new();
    private readonly byte[] _nonce = new byte[Xaes256Gcm.HalfNonceBytes];
    private readonly byte[] _associatedData;
    private readonly DataKey _key;
    private readonly ITimer _idle;
    private AesGcm? _cipher;

    /// <summary>Starts a stream under the random bytes of the header, which the engine drew, or whose file it opens.</summary>
    public TokenStream(DataKey key, AssociatedData context, TransformOperation operation, ReadOnlySpan<byte> header, TimeProvider monotonic)
    {
        (Operation, _key) = (operation, key);
        ReadOnlySpan<byte> random = header[^FileToken.RandomBytes..];
        random[Xaes256Gcm.HalfNonceBytes..].CopyTo(_nonce);
        _associatedData = context.For(FileToken.TokenHeaderOf(header)).ToArray();
        _cipher = Xaes256Gcm.Derive(key.Secret, random);
        _idle = monotonic.CreateTimer(static stream => ((TokenStream)stream!).Dispose(), this, TimeSpan.FromMilliseconds(ProtocolLimits.StreamIdleMs), Timeout.InfiniteTimeSpan);
    }

    /// <summary>Encrypt or decrypt.</summary>
    public TransformOperation Operation { get; }

    /// <summary>True when the stream is over, or was silent for too long.</summary>
    public bool IsOver => Volatile.Read(ref _cipher) is null;

    /// <summary>True when the stream seals and its key was retired meanwhile.</summary>
    public bool IsOutdated => Seals && _key.IsRetired;

    /// <summary>Segments so far.</summary>
    public uint Segments { get; internal set; }

    private bool Seals => Operation == TransformOperation.Encrypt;

    private int SegmentLength => Seals ? FileToken.SegmentBytes : FileToken.SegmentBytes + TokenGrammar.TagBytes;

    /// <summary>How many bytes become of as many as <see cref="Takes"/> lets pass.</summary>
    public int OutputLength(int length) => length + (Seals ? CountSegments(length) : -CountSegments(length)) * TokenGrammar.TagBytes;

    /// <summary>
    /// Seals or opens the next segments. When one of them fails, the output is worth nothing and the stream must be dropped.
    /// </summary>
    public ErrorCode Run(ReadOnlySpan<byte> data, bool last, Span<byte> output)
    {
        lock (_lock)
        {
            if (_cipher is null)
                return ErrorCode.StreamUnknown;
            _idle.Change(TimeSpan.FromMilliseconds(ProtocolLimits.StreamIdleMs), Timeout.InfiniteTimeSpan);
            int left = CountSegments(data.Length);
            if (Segments + left > FileToken.SegmentsMax)
                return ErrorCode.LimitExceeded;
            for (; left > 0; left--)
            {
                ReadOnlySpan<byte> segment = data[..Math.Min(data.Length, SegmentLength)];
                data = data[segment.Length..];
                BinaryPrimitives.WriteUInt32BigEndian(_nonce.AsSpan(CounterOffset), Segments++);
                _nonce[^1] = (byte)(last && left == 1 ? 1 : 0);
                if (!TryTransform(_cipher, segment, ref output))
                    return ErrorCode.TokenRejected;
            }

            return ErrorCode.None;
        }
    }

    /// <summary>True when a frame may have this much data: whole segments, and at the end of the file what is left, which is empty in the empty file alone.</summary>
    public bool Takes(int length, bool last)
    {
        int rest = length % SegmentLength, empty = Seals ? 0 : TokenGrammar.TagBytes;
        return last ? (length == empty && Segments == 0) || (length > empty && (rest == 0 || rest > empty)) : length > 0 && rest == 0;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            _idle.Dispose();
            _cipher?.Dispose();
            _cipher = null;
        }
    }

    private int CountSegments(int length) => Math.Max(1, (length + SegmentLength - 1) / SegmentLength);

    private bool TryTransform(AesGcm cipher, ReadOnlySpan<byte> segment, ref Span<byte> output)
    {
        int length = segment.Length + (Seals ? 0 : -TokenGrammar.TagBytes);
        Span<byte> text = output[..length];
        output = output[length..];
        if (Seals)
        {
            cipher.Encrypt(_nonce, segment, text, output[..TokenGrammar.TagBytes], _associatedData);
            output = output[TokenGrammar.TagBytes..];
            return true;
        }

        try
        {
            cipher.Decrypt(_nonce, segment[..^TokenGrammar.TagBytes], segment[^TokenGrammar.TagBytes..], text, _associatedData);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
    }
}
