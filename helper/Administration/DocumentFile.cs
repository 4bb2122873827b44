using System.Text;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Documents;
using E3.Relay.Enclave.Protocol.Framing;
using MessagePack;

namespace E3.Relay.Helper.Administration;

/// <summary>
/// A signed document as a file: base64 on one line, so that it survives mail and terminals; a grant, which programs read, as it is. Signatures of several administrators are put together here.
/// </summary>
internal sealed class DocumentFile
{
    private const int SignaturesMax = 16;
    private readonly List<(byte[] KeyId, byte[] Signature)> _signatures;

    private DocumentFile(DocumentKind kind, byte[] body, List<(byte[], byte[])> signatures)
    {
        Kind = kind;
        Body = body;
        _signatures = signatures;
    }

    public DocumentKind Kind { get; }

    public byte[] Body { get; }

    /// <summary>Reads a file.</summary>
    /// <exception cref="InvalidDataException">It holds no document.</exception>
    public static DocumentFile Read(string path)
    {
        try
        {
            byte[] bytes = File.ReadAllBytes(path);
            if (bytes.Length <= ProtocolLimits.DocumentBytesMax * 2 && (TryRead(bytes) ?? TryRead(Convert.FromBase64String(Encoding.ASCII.GetString(bytes)))) is { } document)
                return document;
        }
        catch (FormatException)
        {
            // Told below.
        }

        throw new InvalidDataException($"{path} holds no signed document.");
    }

    /// <summary>Reads the bytes of a document; null when they are none.</summary>
    public static DocumentFile? TryRead(ReadOnlyMemory<byte> bytes)
    {
        if (!SignedDocument.TryRead(bytes, out SignedDocument document))
            return null;

        // The envelope's form was just judged; what is wanted besides is its signatures.
        var reader = new MessagePackReader(bytes);
        reader.ReadArrayHeader();
        reader.Skip();
        reader.Skip();
        int count = reader.ReadArrayHeader();
        var signatures = new List<(byte[], byte[])>(count);
        for (int i = 0; i < count; i++)
        {
            reader.ReadArrayHeader();
            signatures.Add((Wire.ReadExactly(ref reader, RequestHeader.KeyIdBytes).ToArray(), Wire.ReadExactly(ref reader, RequestHeader.SignatureBytes).ToArray()));
        }

        return new(document.Kind, document.Body.ToArray(), signatures);
    }

    /// <summary>The document with one more administrator's signature; an earlier one of the same administrator is replaced.</summary>
    /// <exception cref="HelperRefusedException">It has as many as fit.</exception>
    public DocumentFile With(AdministratorKey administrator)
    {
        DocumentFile single = TryRead(administrator.Sign(Kind, Body))!;
        List<(byte[] KeyId, byte[] Signature)> signatures = [.. _signatures.Where(signature => !signature.KeyId.AsSpan().SequenceEqual(single._signatures[0].KeyId)), .. single._signatures];
        return signatures.Count <= SignaturesMax ? new(Kind, Body, signatures) : throw new HelperRefusedException(ExitCode.Refused, $"A document has at most {SignaturesMax} signatures.");
    }

    /// <summary>A document with one signature.</summary>
    public static DocumentFile Sign(DocumentKind kind, byte[] body, AdministratorKey administrator) => TryRead(administrator.Sign(kind, body))!;

    /// <summary>The administrators of the configuration whose signatures are good.</summary>
    public IReadOnlyList<byte[]> Signers(MeasuredConfiguration configuration) =>
        [.. configuration.Administrators.Where(administrator => SignedDocument.TryRead(Write(), out SignedDocument document) && document.IsSignedBy(Kind, [administrator], 1))];

    /// <summary>How many signatures the kind needs: a grant one, everything else the configuration's threshold.</summary>
    public int Needed(MeasuredConfiguration configuration) => Kind == DocumentKind.Grant ? 1 : configuration.Threshold;

    /// <summary>The document's bytes.</summary>
    public byte[] Write() => Wire.Write((ref MessagePackWriter writer) =>
    {
        writer.WriteArrayHeader(3);
        writer.Write((byte)Kind);
        writer.Write(Body);
        writer.WriteArrayHeader(_signatures.Count);
        foreach ((byte[] keyId, byte[] signature) in _signatures)
        {
            writer.WriteArrayHeader(2);
            writer.Write(keyId);
            writer.Write(signature);
        }
    });

    /// <summary>Writes the file.</summary>
    public void Write(string path) => File.WriteAllBytes(path, Kind == DocumentKind.Grant ? Write() : Encoding.ASCII.GetBytes($"{Convert.ToBase64String(Write())}\n"));
}
