using System.CommandLine;
using E3.Relay.Helper.Custody;

namespace E3.Relay.Helper.Commands;

/// <summary>Options of <c>helper run</c> about watching engines.</summary>
internal sealed class OperationOptions
{
    private readonly Option<int?> _memory = new("--engine-memory-mib") { Description = "Replace the engine when it uses more memory, in MiB." };

    public OperationOptions(Command command) => command.Add(_memory);

    public SupervisionSettings Supervision(ParseResult result) => new() { MemoryBytesMax = result.GetValue(_memory) is { } mib ? (long)mib << 20 : null };
}
