using System.Buffers;
using System.Buffers.Text;
using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Security.Cryptography;
using System.Text;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Messages;
using E3.Relay.Enclave.Protocol.Tokens;
using E3.Relay.Proxy.Ciphers;

namespace E3.Relay.Proxy.Tests.Hosting;

/// <summary>An engine without keys: well-formed tokens that open only under the same app, role and context. Scrambles, and does not encrypt.</summary>
internal sealed class FakeCipher : IFieldCipher
{
    private const byte Scramble = 0xA5;
    private static readonly int Overhead = TokenHeader.Bytes + TokenGrammar.NonceBytes + TokenGrammar.TagBytes;

    private readonly ConcurrentQueue<TransformGroup> _groups = new();

    public CipherStatus Status { get; set; } = new(true, "");

    public bool Simulated { get; set; }

    /// <summary>Runs before each call: throws, waits, or lets pass.</summary>
    public Func<CancellationToken, Task> Before { get; set; } = _ => Task.CompletedTask;

    /// <summary>Runs before each piece of a file that passes, with its length.</summary>
    public Func<int, Task> BeforePiece { get; set; } = _ => Task.CompletedTask;

    /// <summary>Takes the place of each result when it gives one.</summary>
    public Func<TransformGroup, TransformItem, TransformResult?> Instead { get; set; } = (_, _) => null;

    /// <summary>Whether it forgets the last result.</summary>
    public bool DropsResults { get; set; }

    /// <summary>Whether it remembers what it was asked.</summary>
    public bool Keeps { get; set; } = true;

    /// <summary>Every group of every call.</summary>
    public IReadOnlyList<TransformGroup> Groups => [.. _groups];

    public static string Token(string value, string app = "shop", string role = "card", DataType type = DataType.String, ReadOnlyMemory<byte> context = default) =>
        Encoding.ASCII.GetString(Seal(new TransformGroup { Operation = TransformOperation.Encrypt, App = app, Role = role, Context = context }, new TransformItem(type, Encoding.UTF8.GetBytes(value))).Value.Span);

    /// <summary>The value of a token, whatever it is bound to.</summary>
    public static string Plain(string token)
    {
        byte[] bytes = new byte[token.Length];
        Assert.True(TokenGrammar.TryDecode(Encoding.ASCII.GetBytes(token), bytes, out int written), $"no token: {token}");
        (_, byte[] value) = Unscramble(bytes.AsSpan(0, written));
        return Encoding.UTF8.GetString(value);
    }

    public async ValueTask<TransformResult[]> TransformAsync(IReadOnlyList<TransformGroup> groups, CancellationToken cancellationToken)
    {
        await Before(cancellationToken);
        if (groups.Count > ProtocolLimits.GroupsMax || groups.Sum(group => group.Items.Count) > ProtocolLimits.FieldsMax)
            throw new CipherException(ErrorCode.LimitExceeded);
        var results = new List<TransformResult>();
        foreach (TransformGroup group in groups)
        {
            if (Keeps)
                _groups.Enqueue(Copy(group));
            results.AddRange(group.Items.Select(item => Instead(group, item) ?? Transform(group, item)));
        }

        return DropsResults ? [.. results.SkipLast(1)] : [.. results];
    }

    public async ValueTask<TransformResult> TransformFileAsync(TransformGroup group, ReadOnlyMemory<byte> file, CancellationToken cancellationToken)
    {
        await Before(cancellationToken);
        _groups.Enqueue(Copy(group));
        return group.Operation == TransformOperation.Encrypt ? new TransformResult(ErrorCode.None, DataType.Bytes, SealFile(file.Span, group)) : OpenFile(group, file.ToArray());
    }

    public async Task StreamFileAsync(TransformGroup group, PipeReader source, PipeWriter destination, CancellationToken cancellationToken)
    {
        await Before(cancellationToken);
        _groups.Enqueue(Copy(group));
        byte[] start = [.. FileToken.Magic, .. Binding(group)];
        if (group.Operation == TransformOperation.Encrypt)
            await destination.WriteAsync(start, cancellationToken);
        else if (!await StartsWithAsync(source, start, cancellationToken))
            throw new CipherException(ErrorCode.TokenRejected);
        while (await source.ReadAsync(cancellationToken) is var read && !(read.Buffer.IsEmpty && read.IsCompleted))
        {
            byte[] bytes = read.Buffer.ToArray();
            source.AdvanceTo(read.Buffer.End);
            await BeforePiece(bytes.Length);
            await destination.WriteAsync(Scrambled(bytes), cancellationToken);
        }
    }

    private static async Task<bool> StartsWithAsync(PipeReader source, byte[] start, CancellationToken cancellationToken)
    {
        ReadResult read = await source.ReadAtLeastAsync(start.Length, cancellationToken);
        bool starts = read.Buffer.Length >= start.Length && read.Buffer.Slice(0, start.Length).ToArray().AsSpan().SequenceEqual(start);
        source.AdvanceTo(read.Buffer.GetPosition(Math.Min(start.Length, read.Buffer.Length)));
        return starts;
    }

    /// <summary>A file that opens under one app, role and context.</summary>
    public static byte[] SealedFile(byte[] file, string app = "shop", string role = "card") => SealFile(file, new TransformGroup { Operation = TransformOperation.Encrypt, App = app, Role = role });

    private static byte[] SealFile(ReadOnlySpan<byte> file, TransformGroup group) => [.. FileToken.Magic, .. Binding(group), .. Scrambled(file)];

    private static TransformResult OpenFile(TransformGroup group, byte[] file)
    {
        byte[] start = [.. FileToken.Magic, .. Binding(group)];
        return file.AsSpan().StartsWith(start) ? new TransformResult(ErrorCode.None, DataType.Bytes, Scrambled(file.AsSpan(start.Length))) : new TransformResult(ErrorCode.TokenRejected, default, default);
    }

    private static byte[] Scrambled(ReadOnlySpan<byte> bytes)
    {
        byte[] scrambled = bytes.ToArray();
        for (int i = 0; i < scrambled.Length; i++)
            scrambled[i] ^= Scramble;
        return scrambled;
    }

    // What a group refers to is cleared when its body has been written.
    private static TransformGroup Copy(TransformGroup group) => new()
    {
        Operation = group.Operation,
        App = group.App,
        Role = group.Role,
        Context = group.Context.ToArray(),
        KeepFirst = group.KeepFirst,
        KeepLast = group.KeepLast,
        MaskWith = group.MaskWith,
        Alphabet = group.Alphabet,
        Luhn = group.Luhn,
        KeyVersion = group.KeyVersion,
        Items = [.. group.Items.Select(item => item with { Value = item.Value.ToArray() })],
    };

    private static TransformResult Transform(TransformGroup group, TransformItem item) => group.Operation switch
    {
        TransformOperation.Encrypt or TransformOperation.EncryptDeterministic => Seal(group, item),
        TransformOperation.Preserve => Shift(group, item, 1),
        TransformOperation.Unpreserve => Shift(group, item, 9),
        TransformOperation.Rewrap => Open(group, item) is { Code: ErrorCode.None } opened ? Seal(group, new TransformItem(opened.Type, opened.Value)) : Open(group, item),
        TransformOperation.Hash => new TransformResult(ErrorCode.None, DataType.String, Encoding.ASCII.GetBytes(Base64Url.EncodeToString(SHA256.HashData([.. Binding(group), .. item.Value.Span])))),
        TransformOperation.Decrypt => Open(group, item),
        TransformOperation.Verify => Open(group, item) with { Value = default },
        TransformOperation.Mask => TokenGrammar.IsToken(item.Value.Span) ? Mask(group, Open(group, item)) : Mask(group, new TransformResult(ErrorCode.None, item.Type, item.Value)),
        _ => new TransformResult(ErrorCode.OperationNotGranted, default, default),
    };

    // Digits that are not kept move on by one and back, which has nothing to do with FF1 but the form.
    private static TransformResult Shift(TransformGroup group, TransformItem item, int by)
    {
        byte[] digits = item.Value.ToArray();
        if (item.Type != DataType.String || digits.Length < group.KeepFirst + group.KeepLast + 6 || digits.Any(digit => !char.IsAsciiDigit((char)digit)))
            return new TransformResult(ErrorCode.ValueInvalid, default, default);
        for (int i = group.KeepFirst; i < digits.Length - group.KeepLast; i++)
            digits[i] = (byte)('0' + (digits[i] - '0' + by) % 10);
        return new TransformResult(group.KeyVersion == 1 ? ErrorCode.None : ErrorCode.KeyNotLoaded, DataType.String, digits);
    }

    private static TransformResult Seal(TransformGroup group, TransformItem item)
    {
        int padded = (item.Value.Length + 4 + TokenGrammar.PaddingBytes) / TokenGrammar.PaddingBytes * TokenGrammar.PaddingBytes;
        byte[] token = new byte[TokenGrammar.Bytes(TokenAlgorithm.Random, padded)];
        TokenHeader.Write(token, 0, TokenAlgorithm.Random, "fake-key"u8, Binding(group).AsSpan(0, 4), (uint)padded);
        Span<byte> body = token.AsSpan(TokenHeader.Bytes + TokenGrammar.NonceBytes, padded);
        body[0] = (byte)item.Type;
        body[1] = (byte)(item.Value.Length >> 16);
        body[2] = (byte)(item.Value.Length >> 8 & 0xff);
        body[3] = (byte)(item.Value.Length & 0xff);
        item.Value.Span.CopyTo(body[4..]);
        for (int i = 0; i < body.Length; i++)
            body[i] ^= Scramble;
        Binding(group).AsSpan(0, TokenGrammar.TagBytes).CopyTo(token.AsSpan(token.Length - TokenGrammar.TagBytes));
        return new TransformResult(ErrorCode.None, DataType.String, Encoding.ASCII.GetBytes("e3." + Base64Url.EncodeToString(token)));
    }

    private static TransformResult Open(TransformGroup group, TransformItem item)
    {
        byte[] bytes = new byte[Math.Max(item.Value.Length, 1)];
        if (!TokenGrammar.TryDecode(item.Value.Span, bytes, out int written))
            return new TransformResult(ErrorCode.TokenMalformed, default, default);
        Span<byte> token = bytes.AsSpan(0, written);
        if (!token[^TokenGrammar.TagBytes..].SequenceEqual(Binding(group).AsSpan(0, TokenGrammar.TagBytes)))
            return new TransformResult(ErrorCode.TokenRejected, default, default);
        (DataType type, byte[] value) = Unscramble(token);
        return new TransformResult(ErrorCode.None, type, value);
    }

    private static TransformResult Mask(TransformGroup group, TransformResult opened)
    {
        if (opened.Code != ErrorCode.None)
            return opened;
        string text = Encoding.UTF8.GetString(opened.Value.Span);
        int hidden = Math.Max(0, text.Length - group.KeepFirst - group.KeepLast);
        string masked = text[..group.KeepFirst] + new string((char)group.MaskWith, hidden) + text[^group.KeepLast..];
        return new TransformResult(ErrorCode.None, DataType.String, Encoding.UTF8.GetBytes(masked));
    }

    private static (DataType Type, byte[] Value) Unscramble(ReadOnlySpan<byte> token)
    {
        byte[] body = token[(TokenHeader.Bytes + TokenGrammar.NonceBytes)..^TokenGrammar.TagBytes].ToArray();
        Assert.Equal(token.Length - Overhead, body.Length);
        for (int i = 0; i < body.Length; i++)
            body[i] ^= Scramble;
        int length = body[1] << 16 | body[2] << 8 | body[3];
        return ((DataType)body[0], body.AsSpan(4, length).ToArray());
    }

    private static byte[] Binding(TransformGroup group) =>
        SHA256.HashData([.. Encoding.UTF8.GetBytes($"{group.App}\n{group.Role}\n"), .. group.Context.Span]);
}
