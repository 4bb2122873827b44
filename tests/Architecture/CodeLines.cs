using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace E3.Relay.Architecture.Tests;

/// <summary>
/// Counts what a reviewer has to read: lines with code, without blanks, comments, lone braces, usings and namespaces.
/// Several statements or members on one line count one each, so that the layout cannot hide code.
/// </summary>
internal static class CodeLines
{
    public static int Count(string source)
    {
        var tree = CSharpSyntaxTree.ParseText(source);
        var root = tree.GetRoot();
        int LineOf(int position) => tree.GetText().Lines.IndexOf(position);

        var lines = new HashSet<int>();
        foreach (var token in root.DescendantTokens().Where(token => token.Span.Length > 0 && !IsBracket(token) && !IsFrame(token)))
        {
            for (var line = LineOf(token.SpanStart); line <= LineOf(token.Span.End); line++)
                lines.Add(line);
        }

        var crammed = root.DescendantNodes().Where(IsCounted).GroupBy(node => LineOf(node.SpanStart)).Sum(group => group.Count() - 1);
        return lines.Count + crammed;
    }

    private static bool IsCounted(SyntaxNode node) => node switch
    {
        BlockSyntax or BaseNamespaceDeclarationSyntax or GlobalStatementSyntax or EnumMemberDeclarationSyntax => false,
        StatementSyntax or MemberDeclarationSyntax => true,
        _ => false,
    };

    // A closing brace often carries the end of an argument list or statement with it.
    private static bool IsBracket(SyntaxToken token) =>
        token.Kind() is SyntaxKind.OpenBraceToken or SyntaxKind.CloseBraceToken or SyntaxKind.CloseParenToken or SyntaxKind.SemicolonToken or SyntaxKind.CommaToken;

    private static bool IsFrame(SyntaxToken token) =>
        token.Parent!.AncestorsAndSelf().Any(node => node is UsingDirectiveSyntax)
        || token.Parent.AncestorsAndSelf().TakeWhile(node => node is NameSyntax or BaseNamespaceDeclarationSyntax).LastOrDefault() is BaseNamespaceDeclarationSyntax;
}
