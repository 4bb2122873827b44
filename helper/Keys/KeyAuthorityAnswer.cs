namespace E3.Relay.Helper.Keys;

/// <summary>A key authority's answer: the plaintext, encrypted to the attested key; empty when it refuses, and when nothing was to be decrypted.</summary>
/// <param name="Error">Why it refuses.</param>
/// <param name="CiphertextForRecipient">CMS EnvelopedData.</param>
/// <param name="Detail">The authority's own name for the error and the id of the request, to look up in its records; never anything of the request itself.</param>
internal readonly record struct KeyAuthorityAnswer(KeyAuthorityError Error, ReadOnlyMemory<byte> CiphertextForRecipient = default, string Detail = "")
{
    /// <summary>The refusal, and what to do about it, in one sentence.</summary>
    public string Describe() => Detail.Length == 0 ? Error.Describe() : $"{Error.Describe()} ({Detail})";
}
