using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace E3.Relay.Architecture.Tests;

/// <summary>Habits that no source file may have.</summary>
internal static partial class SourceHabits
{
    public const int ProductLinesMax = 400;

    /// <summary>What is wrong with a C# file, one line each.</summary>
    public static IEnumerable<string> Violations(string path, string source)
    {
        if (Checkout.IsProduct(path) && source.AsSpan().Count('\n') is var lines and > ProductLinesMax)
            yield return $"{path}: {lines} lines; split it by concern";

        foreach (var mark in UnfinishedMarks(path, source))
            yield return mark;

        var tree = CSharpSyntaxTree.ParseText(source);
        string At(SyntaxNode node) => $"{path}:{tree.GetLineSpan(node.Span).StartLinePosition.Line + 1}";

        foreach (var node in tree.GetRoot().DescendantNodes())
        {
            switch (node)
            {
                case MemberAccessExpressionSyntax { Name.Identifier.Text: "Sleep" } access when LastName(access.Expression) == "Thread":
                    yield return $"{At(node)}: a sleeping thread; await Task.Delay, or better the event itself";
                    break;
                case IdentifierNameSyntax { Identifier.Text: NotImplemented }:
                    yield return $"{At(node)}: {NotImplemented}";
                    break;
                case CatchClauseSyntax { Block.Statements.Count: 0 } clause when !SaysWhy(clause):
                    yield return $"{At(node)}: an empty catch";
                    break;
            }
        }
    }

    /// <summary>Words by which something unfinished is marked, in any kind of file.</summary>
    public static IEnumerable<string> UnfinishedMarks(string path, string text) =>
        Unfinished().Matches(text).Select(match => $"{path}:{text.AsSpan(0, match.Index).Count('\n') + 1}: {match.Value}");

    private const string NotImplemented = "NotImplemented" + "Exception";

    private static string? LastName(ExpressionSyntax expression) => expression switch
    {
        IdentifierNameSyntax name => name.Identifier.Text,
        MemberAccessExpressionSyntax access => access.Name.Identifier.Text,
        _ => null,
    };

    // Named exceptions may be let go with a comment that says why; everything at once may not.
    private static bool SaysWhy(CatchClauseSyntax clause) =>
        clause.Declaration is { Type: var type }
        && (clause.Filter is not null || type.ToString() is not ("Exception" or "System.Exception"))
        && clause.Block.DescendantTrivia().Any(trivia => trivia.IsKind(SyntaxKind.SingleLineCommentTrivia));

    [GeneratedRegex(@"\b(T[O]DO|F[I]XME|H[A]CK)\b")]
    private static partial Regex Unfinished();
}
