using E3.Relay.Proxy.Observability;
using E3.Relay.Rules;

namespace E3.Relay.Proxy.Pipeline.Streaming;

/// <summary>Counts the operations that selected nothing in any part of a message.</summary>
internal sealed class OperationTally(RelayMetrics metrics)
{
    private readonly Dictionary<(string Rule, FieldAction Action, string Role), FieldOperation> _waiting = [];
    private readonly HashSet<(string Rule, FieldAction Action, string Role)> _selected = [];

    /// <summary>Adds what was selected in a part.</summary>
    public void Add(IReadOnlyList<FieldOperation> operations, IReadOnlyList<SelectedField> fields)
    {
        foreach (FieldOperation operation in operations)
        {
            if (!_selected.Contains(KeyOf(operation)))
                _waiting.TryAdd(KeyOf(operation), operation);
        }

        int last = -1;
        foreach (SelectedField field in fields)
        {
            if (field.Operation == last)
                continue;
            last = field.Operation;
            if (_waiting.Remove(KeyOf(operations[last])))
                _selected.Add(KeyOf(operations[last]));
        }
    }

    /// <summary>Adds an operation that selected something.</summary>
    public void Add(FieldOperation operation)
    {
        _waiting.Remove(KeyOf(operation));
        _selected.Add(KeyOf(operation));
    }

    /// <summary>Reports the others.</summary>
    public void Report()
    {
        foreach (FieldOperation operation in _waiting.Values)
            metrics.NothingSelected(operation);
    }

    private static (string Rule, FieldAction Action, string Role) KeyOf(FieldOperation operation) => (operation.RuleId, operation.Action, operation.Role);
}
