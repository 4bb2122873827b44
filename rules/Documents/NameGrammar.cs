namespace E3.Relay.Rules.Documents;

/// <summary>The grammar of apps, roles and rule ids: 1 to 64 of <c>a-z 0-9 - _ .</c>.</summary>
internal static class NameGrammar
{
    internal const string Words = "1 to 64 of a-z, 0-9, -, _ and .";

    internal static bool IsName(string text) =>
        text.Length is > 0 and <= 64 && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '_' or '.');
}
