namespace E3.Relay.Helper.Eif;

/// <summary>One section of an enclave image: its data, without the 12 bytes of header in front.</summary>
internal readonly record struct EifSection(EifSectionKind Kind, ReadOnlyMemory<byte> Data);
