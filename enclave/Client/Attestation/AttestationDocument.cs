using System.Formats.Cbor;
using System.Security.Cryptography;
using E3.Relay.Enclave.Protocol;

namespace E3.Relay.Enclave.Client.Attestation;

/// <summary>
/// An attestation document whose form, chain and signature were verified, of an enclave that does not run in debug mode.
/// Only <see cref="AttestationVerifier"/> makes one. It says nothing yet of who is at the other end of a connection.
/// </summary>
public sealed class AttestationDocument
{
    /// <summary>How many PCRs there are.</summary>
    public const int PcrCount = 32;

    /// <summary>Bytes of a PCR: SHA-384.</summary>
    public const int PcrBytes = 48;

    private readonly AttestationPayload _payload;

    private AttestationDocument(AttestationPayload payload, AttestationRoot root)
    {
        _payload = payload;
        Root = root;
    }

    /// <summary>The root that the chain ends in.</summary>
    public AttestationRoot Root { get; }

    /// <summary>The id of the module that signed.</summary>
    public string ModuleId => _payload.ModuleId!;

    /// <summary>When it was made, by the module's clock.</summary>
    public DateTimeOffset Timestamp => DateTimeOffset.FromUnixTimeMilliseconds((long)_payload.Timestamp!.Value);

    /// <summary>The public key that the enclave asked to have attested.</summary>
    public ReadOnlyMemory<byte>? PublicKey => _payload.PublicKey;

    /// <summary>The user data.</summary>
    public ReadOnlyMemory<byte>? UserData => _payload.UserData;

    /// <summary>The nonce.</summary>
    public ReadOnlyMemory<byte>? Nonce => _payload.Nonce;

    /// <summary>A PCR, 48 bytes; null when the document does not have it.</summary>
    public ReadOnlyMemory<byte>? Pcr(int index) => _payload.Pcrs![index];

    internal static AttestationError Verify(
        ReadOnlyMemory<byte> bytes, IReadOnlyList<AttestationRoot> roots, DateTimeOffset at, out AttestationDocument document)
    {
        document = null!;
        if (bytes.Length > ProtocolLimits.AttestationBytesMax)
            return AttestationError.DocumentTooLarge;
        AttestationRoot? emulated = roots.FirstOrDefault(static root => root.IsEmulated);
        AttestationError error = Read(bytes, emulated is not null, out CoseSign1 message, out AttestationPayload payload);
        if (error != AttestationError.None)
            return error;
        AttestationRoot? root = emulated;
        if (!message.IsEmulated)
            error = VerifySigned(message, payload, roots, at, out root);
        if (error != AttestationError.None)
            return error;
        document = new(payload, root!);
        return document.Pcr(0) is { } pcr0 && pcr0.Span.ContainsAnyExcept((byte)0) ? AttestationError.None : AttestationError.DebugMode;
    }

    private static AttestationError VerifySigned(
        CoseSign1 message, AttestationPayload payload, IReadOnlyList<AttestationRoot> roots, DateTimeOffset at, out AttestationRoot? root)
    {
        AttestationError error = CertificateChain.Verify(payload.Certificate, payload.Bundle!, roots, at, out ECDsa? key, out root);
        using (key)
        {
            if (error != AttestationError.None)
                return error;
            return key!.VerifyData(message.SignedBytes(), message.Signature.Span, HashAlgorithmName.SHA384, DSASignatureFormat.IeeeP1363FixedFieldConcatenation)
                ? AttestationError.None
                : AttestationError.SignatureInvalid;
        }
    }

    private static AttestationError Read(ReadOnlyMemory<byte> bytes, bool acceptsEmulated, out CoseSign1 message, out AttestationPayload payload)
    {
        payload = null!;
        message = default;
        try
        {
            AttestationError error = CoseSign1.Read(bytes, acceptsEmulated, out message);
            return error != AttestationError.None ? error : AttestationPayload.Read(message.Payload, out payload);
        }
        catch (Exception e) when (e is CborContentException or InvalidOperationException or OverflowException)
        {
            return AttestationError.DocumentMalformed;
        }
    }
}
