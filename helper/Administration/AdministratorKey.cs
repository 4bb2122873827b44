using System.Security.Cryptography;
using E3.Relay.Enclave.Protocol.Documents;
using E3.Relay.Helper.Keys.Files;

namespace E3.Relay.Helper.Administration;

/// <summary>An administrator's own key, on the administrator's own machine: P-256, in a file under a passphrase.</summary>
internal sealed class AdministratorKey : IDisposable
{
    public const string Purpose = "administrator";

    /// <summary>The fewest characters of a passphrase for a new key.</summary>
    public const int PassphraseBytesMin = 12;

    private readonly ECDsa _key;

    private AdministratorKey(ECDsa key)
    {
        _key = key;
        PublicKey = key.ExportSubjectPublicKeyInfo();
    }

    /// <summary>A DER SubjectPublicKeyInfo, for the measured configuration.</summary>
    public byte[] PublicKey { get; }

    /// <summary>The id by which documents name the signer.</summary>
    public string Id => Convert.ToHexStringLower(SignedDocument.KeyId(PublicKey));

    /// <summary>Makes a key and writes its file, which must not be there yet.</summary>
    /// <exception cref="HelperRefusedException">The passphrase is too short.</exception>
    /// <exception cref="IOException">The file is there, or cannot be written.</exception>
    public static AdministratorKey Create(string path, byte[] passphrase, PassphraseCost cost)
    {
        try
        {
            if (passphrase.Length < PassphraseBytesMin)
                throw new HelperRefusedException(ExitCode.Refused, $"The passphrase has fewer than {PassphraseBytesMin} characters.");
            var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            ProtectedKeyFile.Seal(Purpose, key, passphrase, cost).Write(path);
            return new(key);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(passphrase);
        }
    }

    /// <summary>Opens a key file.</summary>
    /// <exception cref="HelperRefusedException">It is none, or the passphrase does not open it.</exception>
    public static AdministratorKey Open(string path, PassphraseSource source)
    {
        ProtectedKeyFile file;
        try
        {
            file = ProtectedKeyFile.Read(path, Purpose);
        }
        catch (InvalidDataException e)
        {
            throw new HelperRefusedException(ExitCode.Refused, e.Message);
        }

        byte[] passphrase = source.Get(path);
        var key = ECDsa.Create();
        try
        {
            return file.Open(passphrase, key) ? new(key) : throw new HelperRefusedException(ExitCode.Refused, $"The passphrase does not open {path}, or the file was changed.");
        }
        catch
        {
            key.Dispose();
            throw;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(passphrase);
        }
    }

    /// <summary>A document with this one signature.</summary>
    public byte[] Sign(DocumentKind kind, ReadOnlySpan<byte> body) => SignedDocument.Sign(kind, body, _key);

    public void Dispose() => _key.Dispose();
}
