using System.Buffers.Binary;
using E3.Relay.Enclave.Protocol;

namespace E3.Relay.Enclave.Engine;

/// <summary>One version of one key of an app.</summary>
internal sealed class DataKey(string app, KeyPurpose purpose, uint version, ReadOnlyMemory<byte> keyId, ReadOnlyMemory<byte> publicKey, SecretKey secret) : IDisposable
{
    /// <summary>The app.</summary>
    public string App => app;

    /// <summary>What the key is for.</summary>
    public KeyPurpose Purpose => purpose;

    /// <summary>The version, from 1.</summary>
    public uint Version => version;

    /// <summary>8 bytes.</summary>
    public ReadOnlyMemory<byte> KeyId { get; } = keyId.ToArray();

    /// <summary>The same 8 bytes as a number.</summary>
    public ulong Id { get; } = IdOf(keyId.Span);

    /// <summary>The point of a key pair, else empty.</summary>
    public ReadOnlyMemory<byte> PublicKey { get; } = publicKey.ToArray();

    /// <summary>The key.</summary>
    public SecretKey Secret => secret;

    /// <summary>A key id as a number.</summary>
    public static ulong IdOf(ReadOnlySpan<byte> keyId) => BinaryPrimitives.ReadUInt64BigEndian(keyId);

    /// <inheritdoc/>
    public void Dispose() => secret.Dispose();

    /// <summary>Type and id.</summary>
    public override string ToString() => $"{nameof(DataKey)} {Id:x16}";
}
