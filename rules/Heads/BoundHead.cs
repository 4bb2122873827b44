using System.Diagnostics.CodeAnalysis;
using E3.Relay.Rules.Bodies;
using E3.Relay.Rules.Documents;
using E3.Relay.Rules.Selectors;

namespace E3.Relay.Rules.Heads;

/// <summary>
/// A field of the query or of the header of a request, as a bound value: read as a selector of its name reads it. It is the one such field, in whatever spelling of the name, and not
/// empty; where servers could read another value than this, there is none.
/// </summary>
internal sealed class BoundHead
{
    private readonly CompiledBody _compiled;

    private BoundHead(CompiledBody compiled) => _compiled = compiled;

    /// <summary>Prepares a source.</summary>
    /// <param name="source">The source.</param>
    /// <param name="model">The operation that binds it.</param>
    /// <returns>Null when the value comes from elsewhere.</returns>
    internal static BoundHead? Of(BindSource source, OperationModel model)
    {
        HeadSelectors selectors = new();
        if (source.Query is { } query)
            selectors.Query.Add(new SelectorModel<FormName>(query, false));
        if (source.Header is { } header)
            selectors.Header.Add(new SelectorModel<HeaderName>(header, false));
        if (selectors.IsEmpty)
            return null;
        // An operation that takes every value as it is.
        OperationModel reading = new()
        {
            RuleId = model.RuleId,
            Node = model.Node,
            Action = FieldAction.Redact,
            Role = "",
            IsResponse = false,
            ExactNames = model.ExactNames,
            Json = [],
            Form = [],
            Head = selectors,
            Binds = [],
            Incoming = IncomingTokens.Refuse,
        };
        return new BoundHead(BodyCompiler.Compile([reading], ContentKind.Head, false, MaskTable.None)!);
    }

    /// <summary>Finds the value.</summary>
    /// <param name="target">The request's target with its header lines.</param>
    /// <param name="limits">Limits on hostile data.</param>
    /// <param name="tokens">Tells tokens from other text.</param>
    /// <param name="value">The value in memory of its own.</param>
    internal bool TryFind(RequestTarget target, RuleLimits limits, ITokenGrammar tokens, [NotNullWhen(true)] out byte[]? value)
    {
        SelectionBuilder found = new(_compiled, default, limits, tokens);
        bool isOne = new HeadScan(found).Run(target, target.Lines) && found.Fields is [{ Value.IsEmpty: false }];
        value = isOne ? found.Fields[0].Value.ToArray() : null;
        found.Arena.Dispose();
        return isOne;
    }
}
