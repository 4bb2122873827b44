namespace E3.Relay.Enclave.Protocol.Documents;

/// <summary>One operation that a grant allows.</summary>
/// <param name="Operation">The operation.</param>
/// <param name="FirstMax">For <see cref="TransformOperation.Mask"/>: how many leading characters may be left. 0 otherwise.</param>
/// <param name="LastMax">For <see cref="TransformOperation.Mask"/>: how many trailing characters may be left. 0 otherwise.</param>
public readonly record struct GrantedOperation(TransformOperation Operation, byte FirstMax = 0, byte LastMax = 0);
