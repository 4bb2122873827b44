using System.Buffers.Binary;
using System.Buffers.Text;
using System.IO.Pipelines;
using System.Security.Cryptography;
using System.Text;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Messages;
using E3.Relay.Enclave.Protocol.Tokens;
using E3.Relay.Proxy.Ciphers;

namespace E3.Relay.Proxy.RuleCommands;

/// <summary>
/// Stands in for the engine where rules are tried: it has no keys and encrypts nothing. Its tokens have the form of real ones and hold a number, under which it remembers
/// the value with app, role and context; they open here alone, and only under the same ones.
/// </summary>
internal sealed class DryRunCipher : IFieldCipher
{
    private readonly List<Entry> _entries = [];
    private readonly Dictionary<string, byte[]> _deterministic = new(StringComparer.Ordinal);

    /// <summary>In front of the number, whose low bytes come first: tokens that are cut short for people differ early.</summary>
    private static ReadOnlySpan<byte> KeyIdStart => "dry-"u8;

    public CipherStatus Status { get; } = new(true, "");

    public bool Simulated => true;

    /// <summary>A token that opens under whatever app, role and context asks.</summary>
    public byte[] TokenFor(DataType type, string value) => Remember(new Entry(null, type, Encoding.UTF8.GetBytes(value)), TokenAlgorithm.Random);

    /// <summary>A token that opens nowhere.</summary>
    public byte[] ForeignToken(string value) => Remember(new Entry("", DataType.String, Encoding.UTF8.GetBytes(value)), TokenAlgorithm.Random);

    /// <summary>What a token holds, whatever it is bound to.</summary>
    public (DataType Type, string Value)? Holds(ReadOnlySpan<byte> token) =>
        Find(token) is { } entry ? (entry.Type, Encoding.UTF8.GetString(entry.Value)) : null;

    public ValueTask<TransformResult[]> TransformAsync(IReadOnlyList<TransformGroup> groups, CancellationToken cancellationToken) =>
        ValueTask.FromResult<TransformResult[]>([.. groups.SelectMany(group => group.Items.Select(item => Transform(group, item)))]);

    public ValueTask<TransformResult> TransformFileAsync(TransformGroup group, ReadOnlyMemory<byte> file, CancellationToken cancellationToken) =>
        ValueTask.FromResult(group.Operation == TransformOperation.Encrypt ? Done(DataType.Bytes, Seal(group, file)) : OpenFile(group, file.Span));

    public async Task StreamFileAsync(TransformGroup group, PipeReader source, PipeWriter destination, CancellationToken cancellationToken)
    {
        using var file = new MemoryStream();
        await source.CopyToAsync(file, cancellationToken);
        TransformResult result = await TransformFileAsync(group, file.ToArray(), cancellationToken);
        if (result.Code != ErrorCode.None)
            throw new CipherException(result.Code);
        await destination.WriteAsync(result.Value, cancellationToken);
    }

    // A header of the right form, and nothing behind it: the bytes are remembered here.
    private byte[] Seal(TransformGroup group, ReadOnlyMemory<byte> file)
    {
        byte[] sealedFile = new byte[FileToken.HeaderBytes + TokenGrammar.TagBytes];
        Span<byte> number = stackalloc byte[TokenHeader.KeyIdBytes];
        _entries.Add(new Entry(BindingOf(group), DataType.Bytes, file.ToArray()));
        KeyIdStart.CopyTo(number);
        BinaryPrimitives.WriteUInt32LittleEndian(number[KeyIdStart.Length..], (uint)_entries.Count);
        FileToken.WriteHeader(sealedFile, TokenHeader.TestFlag, number, "none"u8);
        return sealedFile;
    }

    private TransformResult OpenFile(TransformGroup group, ReadOnlySpan<byte> file)
    {
        if (!FileToken.HasHeader(file))
            return Failed(ErrorCode.TokenMalformed);
        return Find(new TokenHeader(FileToken.TokenHeaderOf(file))) is { Type: DataType.Bytes } entry && entry.Binding == BindingOf(group)
            ? Done(DataType.Bytes, entry.Value.ToArray())
            : Failed(ErrorCode.TokenRejected);
    }

    private TransformResult Transform(TransformGroup group, TransformItem item) => group.Operation switch
    {
        TransformOperation.Encrypt => Done(DataType.String, Remember(new Entry(BindingOf(group), item.Type, item.Value.ToArray()), TokenAlgorithm.Random)),
        TransformOperation.EncryptDeterministic => Done(DataType.String, Same(group, item)),
        TransformOperation.Decrypt => Open(group, item),
        TransformOperation.Verify => Open(group, item) with { Value = default },
        TransformOperation.Rewrap => Rewrap(group, item),
        TransformOperation.Mask => Mask(group, TokenGrammar.IsToken(item.Value.Span) ? Open(group, item) : Done(item.Type, item.Value)),
        TransformOperation.Hash => Done(DataType.String, Hash(group, item)),
        TransformOperation.Preserve or TransformOperation.Unpreserve => DryRunPreserver.Transform(group, item),
        _ => Failed(ErrorCode.OperationNotGranted),
    };

    private static TransformResult Done(DataType type, ReadOnlyMemory<byte> value) => new(ErrorCode.None, type, value);

    private static TransformResult Failed(ErrorCode code) => new(code, default, default);

    private TransformResult Open(TransformGroup group, TransformItem item)
    {
        if (!TokenGrammar.IsToken(item.Value.Span))
            return Failed(ErrorCode.TokenMalformed);
        return Find(item.Value.Span) is { } entry && (entry.Binding is null || entry.Binding == BindingOf(group))
            ? Done(entry.Type, entry.Value.ToArray())
            : Failed(ErrorCode.TokenRejected);
    }

    private TransformResult Rewrap(TransformGroup group, TransformItem item)
    {
        TransformResult opened = Open(group, item);
        if (opened.Code != ErrorCode.None)
            return opened;
        return Done(DataType.String, Remember(new Entry(BindingOf(group), opened.Type, opened.Value.ToArray()), TokenAlgorithm.Random));
    }

    private byte[] Same(TransformGroup group, TransformItem item)
    {
        string key = $"{BindingOf(group)} {item.Type} {Convert.ToBase64String(item.Value.Span)}";
        if (!_deterministic.TryGetValue(key, out byte[]? token))
            _deterministic.Add(key, token = Remember(new Entry(BindingOf(group), item.Type, item.Value.ToArray()), TokenAlgorithm.Deterministic));
        return token.ToArray();
    }

    // As the engine does: nothing stays of a value of which the mask would leave more than half, and a boolean's length tells nothing.
    private static TransformResult Mask(TransformGroup group, TransformResult opened)
    {
        if (opened.Code != ErrorCode.None)
            return opened;
        if (opened.Type is not (DataType.String or DataType.Number or DataType.Boolean))
            return Failed(ErrorCode.ValueInvalid);
        Rune[] characters = [.. (opened.Type == DataType.Boolean ? "true" : Encoding.UTF8.GetString(opened.Value.Span)).EnumerateRunes()];
        bool hidesAll = opened.Type == DataType.Boolean || 2 * (group.KeepFirst + group.KeepLast) > characters.Length;
        StringBuilder masked = new();
        for (int i = 0; i < characters.Length; i++)
            masked.Append((!hidesAll && (i < group.KeepFirst || i >= characters.Length - group.KeepLast) ? characters[i] : new Rune(group.MaskWith)).ToString());
        return Done(DataType.String, Encoding.UTF8.GetBytes(masked.ToString()));
    }

    private static byte[] Hash(TransformGroup group, TransformItem item)
    {
        byte[] digest = SHA256.HashData([.. Encoding.UTF8.GetBytes(BindingOf(group)), .. item.Value.Span]);
        return Encoding.ASCII.GetBytes(Base64Url.EncodeToString(digest));
    }

    private static string BindingOf(TransformGroup group) => $"{group.App}\n{group.Role}\n{Convert.ToHexString(group.Context.Span)}";

    private byte[] Remember(Entry entry, TokenAlgorithm algorithm)
    {
        _entries.Add(entry);
        int padded = TokenGrammar.PaddedLength(entry.Value.Length), nonce = TokenGrammar.NonceLength(algorithm);
        byte[] token = new byte[TokenGrammar.Bytes(algorithm, padded)];
        Span<byte> number = stackalloc byte[TokenHeader.KeyIdBytes];
        KeyIdStart.CopyTo(number);
        BinaryPrimitives.WriteUInt32LittleEndian(number[KeyIdStart.Length..], (uint)_entries.Count);
        TokenHeader.Write(token, TokenHeader.TestFlag, algorithm, number, "none"u8, (uint)padded);
        "placeholder, no cipher. "u8[..nonce].CopyTo(token.AsSpan(TokenHeader.Bytes));
        return Encoding.ASCII.GetBytes("e3." + Base64Url.EncodeToString(token));
    }

    private Entry? Find(ReadOnlySpan<byte> text)
    {
        byte[] token = new byte[Math.Max(text.Length, 1)];
        if (!TokenGrammar.TryDecode(text, token, out int length))
            return null;
        return length > 0 ? Find(new TokenHeader(token)) : null;
    }

    private Entry? Find(TokenHeader header)
    {
        uint number = BinaryPrimitives.ReadUInt32LittleEndian(header.KeyId[KeyIdStart.Length..]);
        return header.KeyId.StartsWith(KeyIdStart) && number > 0 && number <= _entries.Count ? _entries[(int)number - 1] : null;
    }

    /// <summary>A remembered value.</summary>
    /// <param name="Binding">Where it opens: null for everywhere, an empty text for nowhere.</param>
    /// <param name="Type">Its type.</param>
    /// <param name="Value">Its bytes.</param>
    private sealed record Entry(string? Binding, DataType Type, byte[] Value);
}
