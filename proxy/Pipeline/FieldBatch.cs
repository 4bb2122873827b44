using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Messages;
using E3.Relay.Rules;

namespace E3.Relay.Proxy.Pipeline;

/// <summary>Some of the selected values of one part of a message, grouped as the engine takes them, with the way back from its flat results.</summary>
internal sealed class FieldBatch(FieldSelection selection)
{
    private readonly List<int>?[] _fieldsByOperation = new List<int>?[selection.Operations.Count];

    public int Count { get; private set; }

    /// <summary>Adds a field by its index.</summary>
    public void Add(int field)
    {
        (_fieldsByOperation[selection.Fields[field].Operation] ??= []).Add(field);
        Count++;
    }

    /// <summary>The groups, one for each rule operation that has fields.</summary>
    /// <param name="app">The app whose keys are used.</param>
    /// <param name="verify">Whether to ask only if the values open.</param>
    public List<TransformGroup> Groups(string app, bool verify)
    {
        var groups = new List<TransformGroup>();
        for (int operation = 0; operation < _fieldsByOperation.Length; operation++)
        {
            if (_fieldsByOperation[operation] is { } fields)
                groups.Add(Group(operation, fields, app, verify));
        }

        return groups;
    }

    /// <summary>The field that each result belongs to.</summary>
    public int[] FieldOfResult()
    {
        int[] order = new int[Count];
        int next = 0;
        foreach (List<int>? fields in _fieldsByOperation)
        {
            foreach (int field in fields ?? [])
                order[next++] = field;
        }

        return order;
    }

    private TransformGroup Group(int operation, List<int> fields, string app, bool verify)
    {
        FieldOperation rule = selection.Operations[operation];
        var items = new TransformItem[fields.Count];
        for (int i = 0; i < items.Length; i++)
        {
            SelectedField field = selection.Fields[fields[i]];
            items[i] = new TransformItem((DataType)field.Type, field.Value);
        }

        return new TransformGroup
        {
            Operation = verify ? TransformOperation.Verify : OperationOf(rule.Action),
            App = app,
            Role = rule.Role,
            Context = selection.Context(operation),
            KeepFirst = verify ? (byte)0 : checked((byte)rule.MaskFirst),
            KeepLast = verify ? (byte)0 : checked((byte)rule.MaskLast),
            MaskWith = rule.MaskWith,
            Items = items,
        };
    }

    private static TransformOperation OperationOf(FieldAction action) => action switch
    {
        FieldAction.Encrypt => TransformOperation.Encrypt,
        FieldAction.Decrypt => TransformOperation.Decrypt,
        FieldAction.Mask => TransformOperation.Mask,
        _ => throw new ArgumentOutOfRangeException(nameof(action)),
    };
}
