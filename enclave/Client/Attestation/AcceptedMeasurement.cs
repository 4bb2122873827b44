namespace E3.Relay.Enclave.Client.Attestation;

/// <summary>One image that the administrators accept.</summary>
/// <param name="Name">A name for people.</param>
/// <param name="NotBefore">First second at which it is accepted, since 1970-01-01 UTC.</param>
/// <param name="NotAfter">First second at which it is not accepted any more.</param>
/// <param name="Pcrs">The PCRs that must be as given, by index, 48 bytes each. PCR0, PCR1 and PCR2 are always among them.</param>
public sealed record AcceptedMeasurement(string Name, long NotBefore, long NotAfter, IReadOnlyDictionary<int, ReadOnlyMemory<byte>> Pcrs)
{
    /// <summary>True when the document has every one of the PCRs.</summary>
    public bool Matches(AttestationDocument document)
    {
        foreach ((int index, ReadOnlyMemory<byte> expected) in Pcrs)
        {
            if (document.Pcr(index) is not { } actual || !actual.Span.SequenceEqual(expected.Span))
                return false;
        }

        return true;
    }
}
