using E3.Relay.Enclave.Protocol;

namespace E3.Relay.Helper.Statistics;

/// <summary>Fields that an engine worked on since its start.</summary>
/// <param name="Operation">What was done.</param>
/// <param name="Succeeded">Fields for which it was.</param>
/// <param name="Failed">Fields for which it was refused, or not possible.</param>
internal readonly record struct OperationCount(TransformOperation Operation, long Succeeded, long Failed);
