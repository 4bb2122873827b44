using System.Security.Cryptography;
using E3.Relay.Helper.State;

namespace E3.Relay.Helper.Development;

/// <summary>Private keys that a developer's machine holds in the place of an administrator's token, of KMS, or of a security module.</summary>
internal static class SimulatedKeys
{
    /// <summary>Loads a P-256 or P-384 key, or makes it on the first run.</summary>
    public static ECDsa LoadOrCreate(string path, ECCurve curve) => LoadOrCreate(path, ECDsa.Create, () => ECDsa.Create(curve));

    /// <summary>Loads an RSA key, or makes it on the first run.</summary>
    public static RSA LoadOrCreateRsa(string path, int bits) => LoadOrCreate(path, RSA.Create, () => RSA.Create(bits));

    private static T LoadOrCreate<T>(string path, Func<T> empty, Func<T> create)
        where T : AsymmetricAlgorithm
    {
        if (!File.Exists(path))
        {
            T made = create();
            byte[] pem = System.Text.Encoding.ASCII.GetBytes(made.ExportPkcs8PrivateKeyPem());
            PrivateFile.Write(path, pem);
            CryptographicOperations.ZeroMemory(pem);
            return made;
        }

        T key = empty();
        try
        {
            key.ImportFromPem(File.ReadAllText(path));
            return key;
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            key.Dispose();
            throw new HelperRefusedException(ExitCode.StateUnusable, $"{path} is not a private key.");
        }
    }
}
