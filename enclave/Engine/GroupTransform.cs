using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Documents;
using E3.Relay.Enclave.Protocol.Messages;
using E3.Relay.Enclave.Protocol.Tokens;
using MessagePack;

namespace E3.Relay.Enclave.Engine;

/// <summary>One operation on the fields of one group, which the grant allows.</summary>
internal readonly ref struct GroupTransform(KeyRing keys, FailureMeter meter, Grant grant, GrantedOperation granted, TokenSealer sealer, TransformGroup group)
{
    private readonly AssociatedData _context = new(group);

    /// <summary>Transforms a field and writes its result, or returns a code and writes nothing.</summary>
    public ErrorCode Run(DataType type, ReadOnlySpan<byte> value, ref MessagePackWriter writer)
    {
        bool isToken = group.Operation is TransformOperation.Decrypt or TransformOperation.Verify or TransformOperation.Rewrap
            || (group.Operation == TransformOperation.Mask && value.StartsWith(TokenGrammar.Prefix));
        int valueMax = (int)Math.Min(grant.FieldBytesMax, ProtocolLimits.FieldBytesMax);
        if (value.Length > (isToken ? TokenGrammar.Characters(TokenAlgorithm.Random, TokenGrammar.PaddedLength(valueMax)) : valueMax))
            return ErrorCode.LimitExceeded;
        if (!isToken && !Values.IsValid(type, value))
            return ErrorCode.ValueInvalid;
        return group.Operation switch
        {
            TransformOperation.Encrypt => Encrypt(TokenAlgorithm.Random, type, value, ref writer),
            TransformOperation.EncryptDeterministic => Encrypt(TokenAlgorithm.Deterministic, type, value, ref writer),
            TransformOperation.Lookup => Lookup(type, value, ref writer),
            TransformOperation.Preserve or TransformOperation.Unpreserve => Preserve(type, value, ref writer),
            TransformOperation.Hash => Hash(value, ref writer),
            TransformOperation.Mask when !isToken => Mask(type, value, ref writer),
            _ when isToken => Open(value, ref writer),
            _ => ErrorCode.OperationNotGranted,
        };
    }

    /// <summary>Writes a result.</summary>
    public static void WriteResult(ref MessagePackWriter writer, ErrorCode code, DataType type, scoped ReadOnlySpan<byte> value)
    {
        WriteResultHeader(ref writer, code, type, value.Length);
        value.CopyTo(writer.GetSpan(value.Length));
        writer.Advance(value.Length);
    }

    private static void WriteResultHeader(ref MessagePackWriter writer, ErrorCode code, DataType type, int valueBytes)
    {
        writer.WriteArrayHeader(3);
        writer.Write((ushort)code);
        writer.Write((byte)type);
        writer.WriteBinHeader(valueBytes);
    }

    private ErrorCode Encrypt(TokenAlgorithm algorithm, DataType type, ReadOnlySpan<byte> value, ref MessagePackWriter writer)
    {
        if (keys.Current(group.App, TokenSealer.PurposeOf(algorithm)) is not { } key)
            return ErrorCode.AppUnknown;
        ReadOnlySpan<byte> token = sealer.Seal(key, _context, algorithm, type, value);
        int characters = TokenGrammar.Characters(algorithm, TokenGrammar.PaddedLength(value.Length));
        WriteResultHeader(ref writer, ErrorCode.None, DataType.String, characters);
        WriteToken(token, writer.GetSpan(characters));
        writer.Advance(characters);
        return ErrorCode.None;
    }

    // A JSON array of tokens, newest first; they need no escaping. Another engine may seal under a key already that is not active here, so it counts.
    private ErrorCode Lookup(DataType type, ReadOnlySpan<byte> value, ref MessagePackWriter writer)
    {
        ReadOnlySpan<DataKey> versions = keys.Versions(group.App, KeyPurpose.Deterministic);
        int characters = TokenGrammar.Characters(TokenAlgorithm.Deterministic, TokenGrammar.PaddedLength(value.Length));
        var list = new ArrayBufferWriter<byte>();
        for (int i = versions.Length - 1; i >= 0; i--)
        {
            if (versions[i].IsRetired)
                continue;
            list.Write(list.WrittenCount == 0 ? "[\""u8 : ",\""u8);
            WriteToken(sealer.Seal(versions[i], _context, TokenAlgorithm.Deterministic, type, value), list.GetSpan(characters));
            list.Advance(characters);
            list.Write("\""u8);
            if (list.WrittenCount > ProtocolLimits.FrameBytesMax)
                return ErrorCode.LimitExceeded;
        }

        if (list.WrittenCount == 0)
            return ErrorCode.AppUnknown;
        list.Write("]"u8);
        WriteResult(ref writer, ErrorCode.None, DataType.Array, list.WrittenSpan);
        return ErrorCode.None;
    }

    private ErrorCode Preserve(DataType type, ReadOnlySpan<byte> value, ref MessagePackWriter writer)
    {
        DataKey? key = null;
        foreach (DataKey version in keys.Versions(group.App, KeyPurpose.FormatPreserving))
            key = version.Version == group.KeyVersion ? version : key;
        if (key is null || (group.Operation == TransformOperation.Preserve && (key.IsRetired || !keys.IsActive(key))))
            return ErrorCode.KeyNotLoaded;
        Span<byte> result = sealer.Scratch(value.Length);
        value.CopyTo(result);
        bool transformed = type == DataType.String && FormatPreserver.TryTransform(key, group, result);
        if (transformed)
            WriteResult(ref writer, ErrorCode.None, DataType.String, result);
        sealer.ClearScratch(value.Length);
        return transformed ? ErrorCode.None : ErrorCode.ValueInvalid;
    }

    // HMAC-SHA-256 (RFC 2104) over the parts of the additional data behind the header, with the length of the context, and the value.
    private ErrorCode Hash(ReadOnlySpan<byte> value, ref MessagePackWriter writer)
    {
        if (keys.Current(group.App, KeyPurpose.Hash) is not { } key)
            return ErrorCode.AppUnknown;
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key.Secret.Span);
        Span<byte> length = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(length, (uint)group.Context.Length);
        hmac.AppendData(length);
        hmac.AppendData(_context.BehindHeader);
        hmac.AppendData(value);
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        hmac.GetHashAndReset(digest);
        Span<byte> text = stackalloc byte[Base64Url.GetEncodedLength(SHA256.HashSizeInBytes)];
        Base64Url.EncodeToUtf8(digest, text, out _, out _);
        WriteResult(ref writer, ErrorCode.None, DataType.String, text);
        return ErrorCode.None;
    }

    private ErrorCode Open(ReadOnlySpan<byte> text, ref MessagePackWriter writer)
    {
        Span<byte> scratch = sealer.Scratch(text.Length);
        if (!TokenGrammar.TryDecode(text, scratch, out int length))
            return ErrorCode.TokenMalformed;
        Span<byte> token = scratch[..length];
        if (keys.Find(DataKey.IdOf(new TokenHeader(token).KeyId)) is not { } key)
            return ErrorCode.KeyNotLoaded;

        // A key of another app is no oracle for that app's tokens: the answer is the one that every bad token gets.
        TokenAlgorithm algorithm = new TokenHeader(token).Algorithm;
        ErrorCode code = key.App == group.App && sealer.TryOpen(key, _context, token, out DataType type, out Span<byte> value)
            ? Answer(algorithm, type, value, ref writer)
            : meter.Failed(grant) ? ErrorCode.TokenRejected : ErrorCode.LimitExceeded;
        sealer.ClearScratch(text.Length);
        return code;
    }

    private ErrorCode Answer(TokenAlgorithm algorithm, DataType type, ReadOnlySpan<byte> value, ref MessagePackWriter writer)
    {
        switch (group.Operation)
        {
            case TransformOperation.Mask:
                return Mask(type, value, ref writer);
            case TransformOperation.Verify:
                WriteResult(ref writer, ErrorCode.None, default, []);
                return ErrorCode.None;
            case TransformOperation.Rewrap:
                // Sealing wants the scratch memory that the value lies in.
                byte[] held = value.ToArray();
                ErrorCode code = Encrypt(algorithm, type, held, ref writer);
                CryptographicOperations.ZeroMemory(held);
                return code;
            default:
                WriteResult(ref writer, ErrorCode.None, type, value);
                return ErrorCode.None;
        }
    }

    private ErrorCode Mask(DataType type, ReadOnlySpan<byte> value, ref MessagePackWriter writer)
    {
        if (type is not (DataType.String or DataType.Number or DataType.Boolean) || !Rune.TryCreate(group.MaskWith, out Rune with))
            return ErrorCode.ValueInvalid;

        // Two masks of one value must not add up to more than half of it, so what counts is what the grant would allow. The length of a boolean is its value.
        int count = type == DataType.Boolean ? 0 : Values.CountCharacters(value);
        bool hidden = 2 * (granted.FirstMax + granted.LastMax) > count;
        var masked = new ArrayBufferWriter<byte>(checked(value.Length + 1));
        Values.Mask(type == DataType.Boolean ? "true"u8 : value, hidden ? 0 : group.KeepFirst, hidden ? 0 : group.KeepLast, with, masked);
        WriteResult(ref writer, ErrorCode.None, DataType.String, masked.WrittenSpan);
        masked.Clear();
        return ErrorCode.None;
    }

    private static void WriteToken(ReadOnlySpan<byte> token, Span<byte> text)
    {
        TokenGrammar.Prefix.CopyTo(text);
        Base64Url.EncodeToUtf8(token, text[TokenGrammar.Prefix.Length..], out _, out _);
    }
}
