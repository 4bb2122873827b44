using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using E3.Relay.Helper.State;
using Konscious.Security.Cryptography;

namespace E3.Relay.Helper.Keys.Files;

/// <summary>
/// A private key under a passphrase, in a JSON file. The key of AES-256-GCM is Argon2id of the passphrase and a salt of the file; everything else in the file is additional data, so none of it can be exchanged.
/// Sealed is the PKCS#8 PrivateKeyInfo (RFC 5208).
/// </summary>
internal sealed class ProtectedKeyFile
{
    private const string Format = "e3-key-file/1";
    private const int FileBytesMax = 32 * 1024;
    private const int SaltBytes = 16;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;
    private const int KeyBytes = 32;

    private readonly PassphraseCost _cost;
    private readonly byte[] _salt;
    private readonly byte[] _nonce;
    private readonly byte[] _sealed;

    private ProtectedKeyFile(string purpose, byte[] publicKey, PassphraseCost cost, byte[] salt, byte[] nonce, byte[] sealedKey)
    {
        Purpose = purpose;
        PublicKey = publicKey;
        _cost = cost;
        _salt = salt;
        _nonce = nonce;
        _sealed = sealedKey;
    }

    /// <summary>What the key is for, such as <c>administrator</c>.</summary>
    public string Purpose { get; }

    /// <summary>The public half, a DER SubjectPublicKeyInfo. It is authentic only once <see cref="Open"/> has succeeded.</summary>
    public byte[] PublicKey { get; }

    /// <summary>Seals a key.</summary>
    public static ProtectedKeyFile Seal(string purpose, AsymmetricAlgorithm key, ReadOnlySpan<byte> passphrase, PassphraseCost cost)
    {
        (byte[] salt, byte[] nonce) = (RandomNumberGenerator.GetBytes(SaltBytes), RandomNumberGenerator.GetBytes(NonceBytes));
        byte[] publicKey = key.ExportSubjectPublicKeyInfo(), plain = key.ExportPkcs8PrivateKey(), sealedKey = new byte[checked(plain.Length + TagBytes)];
        byte[] sealingKey = Derive(passphrase, salt, cost);
        try
        {
            using var cipher = new AesGcm(sealingKey, TagBytes);
            cipher.Encrypt(nonce, plain, sealedKey.AsSpan(0, plain.Length), sealedKey.AsSpan(plain.Length), AssociatedData(purpose, publicKey, cost, salt));
            return new(purpose, publicKey, cost, salt, nonce, sealedKey);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
            CryptographicOperations.ZeroMemory(sealingKey);
        }
    }

    /// <summary>Reads a file.</summary>
    /// <exception cref="InvalidDataException">It is of another form, for another purpose, or its parameters are out of bounds.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static ProtectedKeyFile Read(string path, string purpose)
    {
        try
        {
            using FileStream stream = File.OpenRead(path);
            if (stream.Length > FileBytesMax)
                throw new FormatException();
            using JsonDocument document = JsonDocument.Parse(stream, new() { AllowDuplicateProperties = false });
            JsonElement root = document.RootElement, kdf = root.GetProperty("argon2id");
            var cost = new PassphraseCost(kdf.GetProperty("memoryKiB").GetInt32(), kdf.GetProperty("iterations").GetInt32(), kdf.GetProperty("lanes").GetInt32());
            var file = new ProtectedKeyFile(
                root.GetProperty("purpose").GetString() ?? "", root.GetProperty("publicKey").GetBytesFromBase64(), cost,
                kdf.GetProperty("salt").GetBytesFromBase64(), root.GetProperty("nonce").GetBytesFromBase64(), root.GetProperty("sealed").GetBytesFromBase64());
            bool known = root.GetProperty("format").GetString() == Format && root.GetPropertyCount() == 6 && kdf.GetPropertyCount() == 4;
            if (!known || !cost.IsWithinBounds || file._salt.Length != SaltBytes || file._nonce.Length != NonceBytes || file._sealed.Length <= TagBytes)
                throw new FormatException();
            return file.Purpose == purpose ? file : throw new InvalidDataException($"{path} holds a key for another purpose than '{purpose}'.");
        }
        catch (Exception e) when (e is JsonException or FormatException or KeyNotFoundException or InvalidOperationException)
        {
            throw new InvalidDataException($"{path} is not a key file, or its parameters are out of bounds.");
        }
    }

    /// <summary>Writes the file, which must not be there yet.</summary>
    /// <exception cref="IOException">It is there, or cannot be written.</exception>
    public void Write(string path)
    {
        if (File.Exists(path))
            throw new IOException($"{path} is there already.");
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, new() { Indented = true }))
        {
            writer.WriteStartObject();
            writer.WriteString("format", Format);
            writer.WriteString("purpose", Purpose);
            writer.WriteBase64String("publicKey", PublicKey);
            writer.WriteStartObject("argon2id");
            writer.WriteNumber("memoryKiB", _cost.MemoryKiB);
            writer.WriteNumber("iterations", _cost.Iterations);
            writer.WriteNumber("lanes", _cost.Lanes);
            writer.WriteBase64String("salt", _salt);
            writer.WriteEndObject();
            writer.WriteBase64String("nonce", _nonce);
            writer.WriteBase64String("sealed", _sealed);
            writer.WriteEndObject();
        }

        PrivateFile.Write(path, stream.ToArray());
    }

    /// <summary>Opens the key into an algorithm object; false when the passphrase is another one, or the file was changed.</summary>
    public bool Open(ReadOnlySpan<byte> passphrase, AsymmetricAlgorithm into)
    {
        if (passphrase.IsEmpty)
            return false;
        byte[] sealingKey = Derive(passphrase, _salt, _cost), plain = new byte[_sealed.Length - TagBytes];
        try
        {
            using var cipher = new AesGcm(sealingKey, TagBytes);
            cipher.Decrypt(_nonce, _sealed.AsSpan(0, plain.Length), _sealed.AsSpan(plain.Length), plain, AssociatedData(Purpose, PublicKey, _cost, _salt));
            into.ImportPkcs8PrivateKey(plain, out _);
            return true;
        }
        catch (CryptographicException)
        {
            return false;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
            CryptographicOperations.ZeroMemory(sealingKey);
        }
    }

    private static byte[] Derive(ReadOnlySpan<byte> passphrase, byte[] salt, PassphraseCost cost)
    {
        byte[] password = passphrase.ToArray();
        try
        {
            using var argon = new Argon2id(password) { Salt = salt, MemorySize = cost.MemoryKiB, Iterations = cost.Iterations, DegreeOfParallelism = cost.Lanes };
            return argon.GetBytes(KeyBytes);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(password);
        }
    }

    private static byte[] AssociatedData(string purpose, byte[] publicKey, PassphraseCost cost, byte[] salt)
    {
        using var stream = new MemoryStream();
        foreach (byte[] part in (ReadOnlySpan<byte[]>)[Encoding.UTF8.GetBytes(Format), Encoding.UTF8.GetBytes(purpose), publicKey, salt, Number(cost.MemoryKiB), Number(cost.Iterations), Number(cost.Lanes)])
        {
            stream.Write(Number(part.Length));
            stream.Write(part);
        }

        return stream.ToArray();

        static byte[] Number(int value)
        {
            byte[] bytes = new byte[sizeof(int)];
            BinaryPrimitives.WriteInt32BigEndian(bytes, value);
            return bytes;
        }
    }
}
