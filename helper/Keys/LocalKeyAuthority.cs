using System.Security.Cryptography;
using E3.Relay.Enclave.Client.Attestation;

namespace E3.Relay.Helper.Keys;

/// <summary>Plays KMS on a developer's machine: it verifies the attestation document just as KMS does before it answers, but its key is a file.</summary>
internal sealed class LocalKeyAuthority(RSA key, AttestationRoot root, KeyPolicy policy, TimeProvider time) : IKeyAuthority
{
    private const int RecipientBitsMin = 2048;
    private const int RecipientBitsMax = 4096;
    private readonly AttestationRoot[] _roots = [root];

    public Task<KeyAuthorityAnswer> DecryptAsync(ReadOnlyMemory<byte> wrapped, ReadOnlyMemory<byte> attestationDocument, CancellationToken cancellationToken) =>
        Task.FromResult(Decrypt(wrapped.Span, attestationDocument));

    private KeyAuthorityAnswer Decrypt(ReadOnlySpan<byte> wrapped, ReadOnlyMemory<byte> attestationDocument)
    {
        AttestationError error = AttestationVerifier.VerifyDocument(attestationDocument, _roots, time.GetUtcNow(), out AttestationDocument document);
        if (error != AttestationError.None)
            return new(KeyAuthorityError.AttestationRefused, default);
        if (!policy.Allows(document))
            return new(KeyAuthorityError.PolicyRefused, default);
        using RSA? recipient = ImportRecipient(document.PublicKey);
        if (recipient is null)
            return new(KeyAuthorityError.RecipientKeyUnusable, default);
        byte[]? plaintext = Open(wrapped);
        if (plaintext is null)
            return new(KeyAuthorityError.CiphertextInvalid, default);
        byte[] envelope = RecipientEnvelope.Seal(plaintext, recipient);
        CryptographicOperations.ZeroMemory(plaintext);
        return new(KeyAuthorityError.None, envelope);
    }

    private byte[]? Open(ReadOnlySpan<byte> wrapped)
    {
        try
        {
            return key.Decrypt(wrapped, RSAEncryptionPadding.OaepSHA256);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private static RSA? ImportRecipient(ReadOnlyMemory<byte>? subjectPublicKeyInfo)
    {
        if (subjectPublicKeyInfo is not { } spki)
            return null;
        var recipient = RSA.Create();
        try
        {
            recipient.ImportSubjectPublicKeyInfo(spki.Span, out int read);
            if (read == spki.Length && recipient.KeySize is >= RecipientBitsMin and <= RecipientBitsMax)
                return recipient;
        }
        catch (CryptographicException)
        {
            // No RSA key: told like one of the wrong size.
        }

        recipient.Dispose();
        return null;
    }
}
