using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Messages;

namespace E3.Relay.Enclave.Client.Files;

/// <summary>What a sealed file is bound to: it opens for the same three only.</summary>
/// <param name="App">The app whose keys are used.</param>
/// <param name="Role">The role.</param>
/// <param name="Context">The bound context, as for other tokens; empty for none.</param>
public sealed record FileBinding(string App, string Role, ReadOnlyMemory<byte> Context = default)
{
    internal TransformGroup Group(TransformOperation operation) => new() { Operation = operation, App = App, Role = Role, Context = Context };
}
