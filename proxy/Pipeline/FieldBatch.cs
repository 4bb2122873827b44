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

        PreserveFormat? preserve = rule.Preserve;
        return new TransformGroup
        {
            Operation = verify ? TransformOperation.Verify : OperationOf(rule),
            App = app,
            Role = rule.Role,
            Context = selection.Context(operation),
            KeepFirst = checked((byte)(preserve?.First ?? rule.MaskFirst)),
            KeepLast = checked((byte)(preserve?.Last ?? rule.MaskLast)),
            MaskWith = (uint)rule.MaskWith.Value,
            Alphabet = preserve is null ? Alphabet.Digits : (Alphabet)preserve.Alphabet,
            Luhn = preserve?.Luhn ?? false,
            KeyVersion = (uint)(preserve?.Key ?? 0),
            Items = items,
        };
    }

    private static TransformOperation OperationOf(FieldOperation rule) => rule.Action switch
    {
        FieldAction.Encrypt when rule.Preserve is not null => TransformOperation.Preserve,
        FieldAction.Encrypt => rule.Deterministic ? TransformOperation.EncryptDeterministic : TransformOperation.Encrypt,
        FieldAction.Decrypt => rule.Preserve is null ? TransformOperation.Decrypt : TransformOperation.Unpreserve,
        FieldAction.Mask => TransformOperation.Mask,
        FieldAction.Rewrap => TransformOperation.Rewrap,
        FieldAction.Hash => TransformOperation.Hash,
        _ => throw new ArgumentOutOfRangeException(nameof(rule)),
    };
}
