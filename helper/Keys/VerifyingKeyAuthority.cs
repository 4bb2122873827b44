using System.Security.Cryptography;
using E3.Relay.Enclave.Client.Attestation;

namespace E3.Relay.Helper.Keys;

/// <summary>
/// A key authority in this process: it verifies the attestation document just as KMS does before it answers. Unlike with KMS, whoever owns this process owns the key.
/// </summary>
/// <param name="name">What it is, for people.</param>
/// <param name="key">The key, which this disposes of.</param>
/// <param name="expectedPublicKey">The key of the measured configuration, a DER SubjectPublicKeyInfo.</param>
/// <param name="roots">The roots that attestation documents may chain to.</param>
/// <param name="policy">Whom the key may be used for.</param>
/// <param name="time">The time.</param>
internal sealed class VerifyingKeyAuthority(
    string name, IWrappingKey key, ReadOnlyMemory<byte> expectedPublicKey, IReadOnlyList<AttestationRoot> roots, KeyPolicy policy, TimeProvider time) : IKeyAuthority
{
    private const int RecipientBitsMin = 2048;
    private const int RecipientBitsMax = 4096;

    public string Name { get; } = name;

    public Task<KeyAuthorityAnswer> CheckAsync(CancellationToken cancellationToken) =>
        Task.FromResult(new KeyAuthorityAnswer(key.PublicKey.Span.SequenceEqual(expectedPublicKey.Span) ? KeyAuthorityError.None : KeyAuthorityError.KeyMismatch));

    public Task<KeyAuthorityAnswer> DecryptAsync(ReadOnlyMemory<byte> wrapped, ReadOnlyMemory<byte> attestationDocument, CancellationToken cancellationToken) =>
        Task.Run(() => Decrypt(wrapped.Span, attestationDocument), cancellationToken);

    public void Dispose() => key.Dispose();

    private KeyAuthorityAnswer Decrypt(ReadOnlySpan<byte> wrapped, ReadOnlyMemory<byte> attestationDocument)
    {
        AttestationError error = AttestationVerifier.VerifyDocument(attestationDocument, roots, time.GetUtcNow(), out AttestationDocument document);
        if (error != AttestationError.None)
            return new(KeyAuthorityError.AttestationRefused, Detail: error.ToString());
        if (!policy.Allows(document))
            return new(KeyAuthorityError.PolicyRefused);
        using RSA? recipient = ImportRecipient(document.PublicKey);
        if (recipient is null)
            return new(KeyAuthorityError.RecipientKeyUnusable);
        byte[]? plaintext = null;
        try
        {
            plaintext = key.Unwrap(wrapped);
            return plaintext is null ? new(KeyAuthorityError.CiphertextInvalid) : new(KeyAuthorityError.None, RecipientEnvelope.Seal(plaintext, recipient));
        }
        catch (KeyAuthorityUnavailableException e)
        {
            return new(KeyAuthorityError.Unavailable, Detail: e.Message);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plaintext);
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
