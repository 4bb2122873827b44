using E3.Relay.Rules.Selectors;
using E3.Relay.Rules.Xml;

namespace E3.Relay.Rules.Bodies;

/// <summary>The operations on bodies of one kind in one direction, ready to be applied. Immutable but for what it keeps to be used again, and shared.</summary>
internal sealed class CompiledBody
{
    private SelectionBuilder? _spare;

    internal required ContentKind Kind { get; init; }

    internal required bool IsResponse { get; init; }

    internal required FieldOperation[] Operations { get; init; }

    /// <summary>For each operation the number of the first one that does the same to a value: these may select the same value.</summary>
    internal required int[] Families { get; init; }

    internal required SelectorTarget[] Targets { get; init; }

    /// <summary>For each operation where its bound context comes from.</summary>
    internal required BoundSource[][] Binds { get; init; }

    /// <summary>How many values of the body are bound: <see cref="SelectorTarget.BindSlot"/> is one of them.</summary>
    internal required int BindSlots { get; init; }

    /// <summary>The operation on tokens anywhere; -1 when there is none.</summary>
    internal required int TokenOperation { get; init; }

    /// <summary>There are several operations on tokens anywhere, and they are not the same.</summary>
    internal bool TokensConflict { get; init; }

    internal JsonAutomaton? Json { get; init; }

    internal FormMatcher? Form { get; init; }

    /// <summary>The fields and files of multipart bodies, whose names are read as those of forms.</summary>
    internal FormMatcher? Multipart { get; init; }

    internal XmlMatcher? Xml { get; init; }

    /// <summary>The selectors of texts, in the order of <see cref="Targets"/>.</summary>
    internal TextPattern[] Text { get; init; } = [];

    internal Heads.HeadMatcher? Head { get; init; }

    internal bool HasBinds => Array.Exists(Binds, static sources => sources.Length > 0);

    /// <summary>What gathers the fields of one body; give it back afterwards.</summary>
    internal SelectionBuilder Rent(ReadOnlyMemory<byte> body, RuleLimits limits, ITokenGrammar tokens)
    {
        if (Interlocked.Exchange(ref _spare, null) is not { } spare)
            return new SelectionBuilder(this, body, limits, tokens);
        spare.Begin(body, limits, tokens);
        return spare;
    }

    internal void Return(SelectionBuilder builder)
    {
        builder.End();
        _spare = builder;
    }

    /// <summary>The operation for a value that two selected, or -1 when they are different ones. Of the same ones, that which fails on tokens that do not open.</summary>
    internal int Combine(int first, int second)
    {
        if (first < 0 || first == second)
            return second;
        if (Families[first] != Families[second])
            return -1;
        return Operations[first].FailOnUnopenable ? first : second;
    }

    internal Refusal Refuse(RefusalCode code, string? ruleId = null) =>
        new(IsResponse && code != RefusalCode.CallerNotAllowed ? 502 : RequestStatus(code), code, ruleId ?? (Operations.Length > 0 ? Operations[0].RuleId : null));

    private static int RequestStatus(RefusalCode code) => code switch
    {
        RefusalCode.BodyTooLarge or RefusalCode.TooManyFields or RefusalCode.TooManyAttributes or RefusalCode.SelectorTooCostly or RefusalCode.MatchTooLong => 413,
        RefusalCode.RequiredMissing or RefusalCode.MaskedValue or RefusalCode.BindMissing or RefusalCode.NotAToken
            or RefusalCode.TokenNotAccepted or RefusalCode.FileOperation or RefusalCode.CannotDecrypt or RefusalCode.CannotPreserve => 422,
        RefusalCode.CallerNotAllowed => 403,
        RefusalCode.UnsupportedCharset => 415,
        _ => 400,
    };
}
