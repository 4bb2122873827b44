namespace E3.Relay.Helper.Keys;

/// <summary>A key authority's answer: the plaintext, encrypted to the attested key; empty when it refuses.</summary>
internal readonly record struct KeyAuthorityAnswer(KeyAuthorityError Error, ReadOnlyMemory<byte> CiphertextForRecipient);
