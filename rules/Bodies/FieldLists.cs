namespace E3.Relay.Rules.Bodies;

/// <summary>
/// The fields of one body and where they stand. Each plan keeps small lists for its next body. Large ones, for a body with many fields, are shared by all plans, and a few of them are kept:
/// so memory that bodies once took does not stay with every plan that they were for.
/// </summary>
internal sealed class FieldLists
{
    private const int SmallMax = 1024, LargeMax = 16_384;

    private static readonly FieldLists?[] Spares = new FieldLists?[Math.Clamp(Environment.ProcessorCount, 2, 16)];

    internal List<SelectedField> Fields { get; } = [];

    internal List<FieldSite> Sites { get; } = [];

    /// <summary>Whether the lists are for a plan to keep.</summary>
    internal bool IsSmall => Fields.Capacity <= SmallMax;

    /// <summary>Whether no field may be added, and <see cref="ToLarge"/> has more room.</summary>
    internal bool IsFull => Fields.Count == SmallMax && IsSmall;

    /// <summary>Lists with the same fields and more room.</summary>
    internal FieldLists ToLarge()
    {
        FieldLists large = Take() ?? new FieldLists();
        large.Fields.AddRange(Fields);
        large.Sites.AddRange(Sites);
        large.Fields.EnsureCapacity(SmallMax + 1);
        return large;
    }

    /// <summary>Forgets all fields.</summary>
    internal void Clear()
    {
        Fields.Clear();
        Sites.Clear();
    }

    /// <summary>Keeps cleared large lists for the next body that wants such.</summary>
    internal void GiveBack()
    {
        for (int i = 0; i < Spares.Length && Fields.Capacity <= LargeMax; i++)
        {
            if (Interlocked.CompareExchange(ref Spares[i], this, null) is null)
                return;
        }
    }

    private static FieldLists? Take()
    {
        for (int i = 0; i < Spares.Length; i++)
        {
            if (Interlocked.Exchange(ref Spares[i], null) is { } spare)
                return spare;
        }

        return null;
    }
}
