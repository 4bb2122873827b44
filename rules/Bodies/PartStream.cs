using System.Diagnostics.CodeAnalysis;

namespace E3.Relay.Rules.Bodies;

/// <summary>What all bodies in parts have in common: who gathers, and how a part is cut off.</summary>
internal abstract class PartStream : BodyStream
{
    // Parts large enough to be worth a call to the engine, small enough that a few of them are nothing beside the limit of a body.
    private const int PartBytes = 64 * 1024;

    private readonly RequestTarget? _target;
    private readonly ICaller? _caller;

    protected PartStream(CompiledBody plan, RequestTarget? target, ICaller? caller, RuleLimits limits, ITokenGrammar tokens)
    {
        (_target, _caller) = (target, caller);
        Found = plan.Rent(default, limits, tokens);
    }

    public override bool IsFull => Decided >= PartBytes || (Decided > 0 && Found.Fields.Count > Found.Limits.FieldsMax / 2);

    public override Refusal? Refusal => Found.Refusal;

    /// <summary>Gathers what is found in the part that is not cut off yet.</summary>
    protected SelectionBuilder Found { get; private set; }

    public override bool TryCut(ReadOnlyMemory<byte> part, out BodySelection selection, [NotNullWhen(false)] out Refusal? refusal)
    {
        SelectionBuilder found = Found;
        found.Hold(part);
        selection = default;
        if (!found.Finish(_target, _caller, out ReadOnlyMemory<byte>[] contexts, IsEnd))
        {
            refusal = found.Refusal!;
            return false;
        }

        found.Contexts = contexts;
        Found = found.Continue();
        (Decided, Wanted) = (0, Math.Max(0, Wanted - part.Length));
        if (!TryContinue(part.Length))
        {
            refusal = Found.Refusal!;
            found.Plan.Return(found);
            return false;
        }

        (selection, refusal) = (new BodySelection(found), null);
        return true;
    }

    /// <summary>Whether what was rented has been given back.</summary>
    protected bool IsDisposed { get; private set; }

    /// <summary>Goes on where bytes were cut off.</summary>
    /// <returns>False when the body is refused.</returns>
    protected abstract bool TryContinue(int bytes);

    /// <summary>The context of a file.</summary>
    protected bool TryBuildContext(int operation, out ReadOnlyMemory<byte> context) => Found.TryBuildContext(operation, _target, _caller, out context);

    /// <summary>Says how much should be held before it is worth to read again: what could not be read is when there is twice as much of it. Else a body in small pieces would be read many times.</summary>
    /// <param name="held">How many bytes are held.</param>
    /// <param name="isAnyRead">Whether something of them was read just now.</param>
    /// <returns>False when the body is refused, because more would have to be held than may be.</returns>
    protected bool WantMore(int held, bool isAnyRead)
    {
        int undecided = held - Decided;
        if (undecided > Found.Limits.BodyBytesMax)
            return Found.Refuse(RefusalCode.BodyTooLarge);
        Wanted = isAnyRead ? 0 : Decided + Math.Min(2 * undecided, Found.Limits.BodyBytesMax + 1);
        return true;
    }

    protected override void Dispose(bool disposing)
    {
        if (IsDisposed)
            return;
        IsDisposed = true;
        Found.Plan.Return(Found);
    }
}
