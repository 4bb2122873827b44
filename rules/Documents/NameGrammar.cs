namespace E3.Relay.Rules.Documents;

/// <summary>The grammar of apps, roles and rule ids: 1 to 64 of <c>a-z 0-9 - _ .</c>.</summary>
internal static class NameGrammar
{
    internal const string Words = "1 to 64 of a-z, 0-9, -, _ and .";

    /// <summary>What is wrong with a name, and how it could be written.</summary>
    internal static string Complain(string key, string text)
    {
        string better = string.Concat(text.ToLowerInvariant().Select(c => IsName(c.ToString()) ? c : '-')).Trim('-');
        return $"'{key}' is '{text}', and it can only have {Words}{(IsName(better) ? $"; write {better}" : "")}";
    }

    internal static bool IsName(string text) =>
        text.Length is > 0 and <= 64 && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '_' or '.');
}
