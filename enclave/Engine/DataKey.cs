using System.Buffers.Binary;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.State;

namespace E3.Relay.Enclave.Engine;

/// <summary>An opened entry: one version of one key of an app, or a record.</summary>
internal sealed class DataKey(SealedEntry entry, SecretKey secret) : IDisposable
{
    private volatile bool _isRetired;

    /// <summary>Its place in the chain.</summary>
    public ulong Position { get; } = entry.Position;

    /// <summary>The app.</summary>
    public string App { get; } = entry.App;

    /// <summary>What the key is for, or which record this is.</summary>
    public KeyPurpose Purpose { get; } = entry.Purpose;

    /// <summary>The version, from 1.</summary>
    public uint Version { get; } = entry.KeyVersion;

    /// <summary>8 bytes.</summary>
    public ReadOnlyMemory<byte> KeyId { get; } = entry.KeyId.ToArray();

    /// <summary>The same 8 bytes as a number.</summary>
    public ulong Id { get; } = IdOf(entry.KeyId.Span);

    /// <summary>The point of a key pair, the document of a policy, else empty.</summary>
    public ReadOnlyMemory<byte> Attachment { get; } = entry.Attachment.ToArray();

    /// <summary>True for a key, false for a record.</summary>
    public bool IsKey => Purpose < KeyPurpose.Retirement;

    /// <summary>True when the key opens, but seals no more.</summary>
    public bool IsRetired
    {
        get => _isRetired;
        set => _isRetired = value;
    }

    /// <summary>The key.</summary>
    public SecretKey Secret => secret;

    /// <summary>A key id as a number.</summary>
    public static ulong IdOf(ReadOnlySpan<byte> keyId) => BinaryPrimitives.ReadUInt64BigEndian(keyId);

    /// <inheritdoc/>
    public void Dispose() => secret.Dispose();

    /// <summary>Type and id.</summary>
    public override string ToString() => $"{nameof(DataKey)} {Id:x16}";
}
