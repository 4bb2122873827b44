using System.Diagnostics.CodeAnalysis;
using E3.Relay.Rules.Bodies;
using E3.Relay.Rules.Heads;

namespace E3.Relay.Rules;

/// <summary>The operations on the head of one message: path and query of a request, header fields and cookies of both.</summary>
public sealed class HeadPlan
{
    private readonly CompiledBody _compiled;
    private readonly RequestTarget _target;
    private readonly ICaller? _caller;

    internal HeadPlan(CompiledBody compiled, RequestTarget target, ICaller? caller) => (_compiled, _target, _caller) = (compiled, target, caller);

    /// <summary>The operations; <see cref="SelectedField.Operation"/> is an index into them.</summary>
    public IReadOnlyList<FieldOperation> Operations => _compiled.Operations;

    /// <summary>Whether the plan looks at header lines; if not, none need be handed over.</summary>
    public bool ReadsLines => _compiled.Head is { Headers: not null } or { Cookies: not null };

    /// <summary>Whether the plan looks at cookies. Their lines must be one in requests, and <c>Cookie2</c> and <c>Set-Cookie2</c> (RFC 2965) must be gone.</summary>
    public bool SelectsCookies => _compiled.Head!.Cookies is not null;

    /// <summary>Finds the selected values of a head. Never throws on bad data.</summary>
    /// <param name="lines">The header lines in order; nothing when the plan does not look at them.</param>
    /// <param name="limits">Limits on hostile data.</param>
    /// <param name="tokens">Tells tokens from other text.</param>
    /// <param name="selection">The selected values; dispose of it.</param>
    /// <param name="refusal">Why the message is refused.</param>
    public bool TrySelect(
        IReadOnlyList<HeaderLine> lines,
        RuleLimits limits,
        ITokenGrammar tokens,
        [NotNullWhen(true)] out HeadSelection? selection,
        [NotNullWhen(false)] out Refusal? refusal)
    {
        ArgumentNullException.ThrowIfNull(lines);
        ArgumentNullException.ThrowIfNull(limits);
        ArgumentNullException.ThrowIfNull(tokens);
        (selection, refusal) = (null, null);
        SelectionBuilder found = new(_compiled, default, limits, tokens);
        HeadScan scan = new(found);
        RequestTarget? target = _compiled.IsResponse ? null : _target;
        if (scan.Run(target, lines) && found.Finish(_target, _caller, out ReadOnlyMemory<byte>[] contexts))
        {
            selection = new HeadSelection(scan, target, lines, contexts);
            return true;
        }

        found.Arena.Dispose();
        refusal = found.Refusal!;
        return false;
    }
}
