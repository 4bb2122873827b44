using E3.Relay.Rules.Grammar;

namespace E3.Relay.Rules.Documents;

/// <summary>Reads <c>preserve</c>.</summary>
internal static class PreserveReader
{
    /// <summary>The format; null when the key is not there or is wrong, which is then among the problems.</summary>
    internal static PreserveFormat? Read(MappingReader operation, ProblemList problems)
    {
        if (operation.Mapping("preserve") is not { } node)
            return null;
        MappingReader reader = new(node, RuleGrammar.Preserve, problems);
        reader.Required("alphabet", "name the characters of the values: digits, lower, upper or alphanumeric");
        reader.Required("key", "name the version of the key, 1 being the first; it must not move when keys are rotated");
        PreserveAlphabet? alphabet = AlphabetOf(reader.Word("alphabet"));
        int? key = reader.Integer("key");
        bool luhn = reader.Boolean("luhn") ?? false;
        int first = reader.Integer("first") ?? 0, last = reader.Integer("last") ?? 0;
        if (luhn && alphabet is not (null or PreserveAlphabet.Digits))
            problems.Add(node, RuleProblemCode.InvalidValue, "'luhn' is for digits; remove it, or write alphabet: digits");
        return alphabet is null || key is null ? null : new PreserveFormat(alphabet.Value, first, last, luhn, key.Value);
    }

    private static PreserveAlphabet? AlphabetOf(string? word) => word switch
    {
        "digits" => PreserveAlphabet.Digits,
        "lower" => PreserveAlphabet.Lower,
        "upper" => PreserveAlphabet.Upper,
        "alphanumeric" => PreserveAlphabet.Alphanumeric,
        _ => null,
    };
}
