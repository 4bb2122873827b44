using E3.Relay.Enclave.Client.Attestation;
using E3.Relay.Enclave.Engine;
using E3.Relay.Enclave.Protocol.Documents;
using E3.Relay.Enclave.Protocol.State;
using E3.Relay.Testing;

namespace E3.Relay.Fuzz.Targets;

/// <summary>The first byte chooses a reader of an administrative document, a sealed entry or the measured configuration; the rest is its input.</summary>
internal sealed class DocumentTarget : IFuzzTarget
{
    private const byte Envelope = 0, Configuration = 7;

    private readonly TestFleet _fleet = new();
    private readonly TestCaller _caller = new();
    private readonly byte[] _signed;
    private readonly byte[][] _administrators;

    public DocumentTarget()
    {
        _signed = _fleet.Grant(_caller, DateTimeOffset.UnixEpoch.AddYears(60));
        _administrators = [_fleet.Administrator.ExportSubjectPublicKeyInfo()];
    }

    public string Name => "document";

    public IEnumerable<byte[]> Seeds => [[Envelope, .. _signed], [Configuration, .. _fleet.ConfigurationJson()]];

    public IEnumerable<byte[]> Words =>
        [SignedDocument.KeyId(_administrators[0]), _caller.SubjectPublicKeyInfo, [0xA1, .. "*"u8], [0xC4, 0x10, .. new byte[16]], [0xC4, 0x20, .. new byte[32]], [0xC4, 0x30, .. new byte[48]], [.. "\"simulated\":true"u8]];

    public int Run(ReadOnlyMemory<byte> input)
    {
        if (input.IsEmpty)
            return -1;
        int reader = input.Span[0] % 8;
        ReadOnlyMemory<byte> body = input[1..];
        bool read = reader switch
        {
            Envelope => RunEnvelope(body),
            1 => Grant.TryRead(body, out Grant grant) && IsStable(grant.Write(), static again => Grant.TryRead(again, out Grant read) ? read.Write() : null),
            2 => Genesis.TryRead(body, out Genesis genesis) && IsStable(genesis.Write(), static again => Genesis.TryRead(again, out Genesis read) ? read.Write() : null),
            3 => Policy.TryRead(body, out Policy policy) && IsStable(policy.Write(), static again => Policy.TryRead(again, out Policy read) ? read.Write() : null),
            4 => RewrapOrder.TryRead(body, out RewrapOrder order) && IsStable(order.Write(), static again => RewrapOrder.TryRead(again, out RewrapOrder read) ? read.Write() : null),
            5 => Measurements.TryRead(body, out Measurements measurements) && IsStable(measurements.Write(), static again => Measurements.TryRead(again, out Measurements read) ? read.Write() : null),
            6 => SealedEntry.TryRead(body, out SealedEntry entry) && IsStable([.. body.Span], again => entry.Write(entry.Nonce.Span, entry.Sealed.Span)),
            _ => MeasuredConfiguration.TryRead(body) is not null,
        };
        return (2 * reader) + (read ? 1 : 0);
    }

    public void Dispose()
    {
        _fleet.Dispose();
        _caller.Dispose();
    }

    private bool RunEnvelope(ReadOnlyMemory<byte> bytes)
    {
        if (!SignedDocument.TryRead(bytes, out SignedDocument document))
            return false;
        foreach (DocumentKind kind in Enum.GetValues<DocumentKind>())
        {
            if (document.IsSignedBy(kind, _administrators, 1))
                BrokenException.Unless(kind == DocumentKind.Grant && _signed.AsSpan().IndexOf(document.Body.Span) >= 0 && document.Body.Length > 100, "a signature covers kind and body");
        }

        BrokenException.Unless(!document.IsSignedBy(DocumentKind.Grant, _administrators, 2), "one key signs once");
        return true;
    }

    private static bool IsStable(byte[] written, Func<byte[], byte[]?> again)
    {
        BrokenException.Unless(again(written) is { } twice && twice.AsSpan().SequenceEqual(written), "a document that was read and written is read and written the same");
        return true;
    }
}
