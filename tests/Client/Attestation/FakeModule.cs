using System.Formats.Cbor;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace E3.Relay.Enclave.Client.Tests.Attestation;

/// <summary>A security module with a root of its own. Each part of the documents that it signs can be bent.</summary>
internal sealed class FakeModule : IDisposable
{
    public static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private readonly ECDsa _rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP384);
    private readonly ECDsa _middleKey = ECDsa.Create(ECCurve.NamedCurves.nistP384);
    private readonly X509Certificate2 _middle;

    public FakeModule(bool middleIsAuthority = true)
    {
        Root = Issue("root", _rootKey, null, Now.AddYears(-1), Now.AddYears(9), true);
        _middle = Issue("middle", _middleKey, (Root, _rootKey), Now.AddDays(-1), Now.AddDays(20), middleIsAuthority);
        Leaf = IssueLeaf(LeafKey, Now.AddMinutes(-1), Now.AddHours(3));
        Bundle = [Root.RawData, _middle.RawData];
    }

    public X509Certificate2 Root { get; }

    public ECDsa LeafKey { get; set; } = ECDsa.Create(ECCurve.NamedCurves.nistP384);

    public X509Certificate2 Leaf { get; set; }

    public List<byte[]> Bundle { get; set; }

    public Dictionary<int, byte[]> Pcrs { get; } = new() { [0] = Filled(1), [1] = Filled(2), [2] = Filled(3), [3] = new byte[48] };

    public byte[]? Nonce { get; set; } = Filled(7)[..32];

    public byte[]? UserData { get; set; }

    public byte[]? PublicKey { get; set; }

    public byte[] Protected { get; set; } = [0xa1, 0x01, 0x38, 0x22];

    public Action<CborWriter> Unprotected { get; set; } = static writer =>
    {
        writer.WriteStartMap(0);
        writer.WriteEndMap();
    };

    /// <summary>Writes fields besides, or instead of, the usual ones; a name in <see cref="Omitted"/> is not written.</summary>
    public Action<CborWriter>? More { get; set; }

    public HashSet<string> Omitted { get; } = [];

    public string Digest { get; set; } = "SHA384";

    public ulong Timestamp { get; set; } = (ulong)Now.ToUnixTimeMilliseconds();

    public Func<byte[], byte[]> BendSignature { get; set; } = static signature => signature;

    public Func<byte[], byte[]> BendPayload { get; set; } = static payload => payload;

    public bool Tagged { get; set; }

    public bool IndefiniteMap { get; set; }

    public static byte[] Filled(byte value, int count = 48)
    {
        byte[] bytes = new byte[count];
        Array.Fill(bytes, value);
        return bytes;
    }

    public X509Certificate2 IssueLeaf(ECDsa key, DateTimeOffset notBefore, DateTimeOffset notAfter) =>
        Issue("leaf", key, (_middle, _middleKey), notBefore, notAfter, false);

    public byte[] Document()
    {
        byte[] payload = Payload();
        var toSign = new CborWriter();
        toSign.WriteStartArray(4);
        toSign.WriteTextString("Signature1");
        toSign.WriteByteString(Protected);
        toSign.WriteByteString([]);
        toSign.WriteByteString(payload);
        toSign.WriteEndArray();
        byte[] signature = BendSignature(LeafKey.SignData(toSign.Encode(), HashAlgorithmName.SHA384));
        var writer = new CborWriter(CborConformanceMode.Lax);
        if (Tagged)
            writer.WriteTag((CborTag)18);
        writer.WriteStartArray(4);
        writer.WriteByteString(Protected);
        Unprotected(writer);
        writer.WriteByteString(BendPayload(payload));
        writer.WriteByteString(signature);
        writer.WriteEndArray();
        return writer.Encode();
    }

    public void Dispose()
    {
        _rootKey.Dispose();
        _middleKey.Dispose();
        LeafKey.Dispose();
        Root.Dispose();
        _middle.Dispose();
        Leaf.Dispose();
    }

    private byte[] Payload()
    {
        // Real documents come with an indefinite map; the writer turns it into a definite one where asked.
        var writer = new CborWriter(CborConformanceMode.Lax, convertIndefiniteLengthEncodings: !IndefiniteMap);
        writer.WriteStartMap(null);
        Write(writer, "module_id", () => writer.WriteTextString("i-fake-enc1"));
        Write(writer, "digest", () => writer.WriteTextString(Digest));
        Write(writer, "timestamp", () => writer.WriteUInt64(Timestamp));
        Write(writer, "pcrs", () =>
        {
            writer.WriteStartMap(Pcrs.Count);
            foreach ((int index, byte[] value) in Pcrs)
            {
                writer.WriteInt32(index);
                writer.WriteByteString(value);
            }

            writer.WriteEndMap();
        });
        Write(writer, "certificate", () => writer.WriteByteString(Leaf.RawData));
        Write(writer, "cabundle", () =>
        {
            writer.WriteStartArray(Bundle.Count);
            foreach (byte[] certificate in Bundle)
                writer.WriteByteString(certificate);
            writer.WriteEndArray();
        });
        WriteOptional(writer, "public_key", PublicKey);
        WriteOptional(writer, "user_data", UserData);
        WriteOptional(writer, "nonce", Nonce);
        More?.Invoke(writer);
        writer.WriteEndMap();
        return writer.Encode();
    }

    private void WriteOptional(CborWriter writer, string name, byte[]? value) => Write(writer, name, () =>
    {
        if (value is null)
            writer.WriteNull();
        else
            writer.WriteByteString(value);
    });

    private void Write(CborWriter writer, string name, Action write)
    {
        if (Omitted.Contains(name))
            return;
        writer.WriteTextString(name);
        write();
    }

    private static X509Certificate2 Issue(string name, ECDsa key, (X509Certificate2 Certificate, ECDsa Key)? issuer, DateTimeOffset notBefore, DateTimeOffset notAfter, bool authority)
    {
        var request = new CertificateRequest($"CN=fake {name}", key, HashAlgorithmName.SHA384);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(authority, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(authority ? X509KeyUsageFlags.KeyCertSign : X509KeyUsageFlags.DigitalSignature, true));
        if (issuer is { } by)
            return request.Create(by.Certificate.SubjectName, X509SignatureGenerator.CreateForECDsa(by.Key), notBefore, notAfter, RandomNumberGenerator.GetBytes(8));
        using X509Certificate2 self = request.CreateSelfSigned(notBefore, notAfter);
        return X509CertificateLoader.LoadCertificate(self.RawData);
    }
}
