using System.Collections.Concurrent;
using System.Globalization;
using System.Text;

namespace E3.Relay.Rules.Selectors;

/// <summary>A set of characters, written as one code unit or as a pair of surrogates.</summary>
internal sealed class RegexpClass
{
    private const int FirstPaired = 0x10000, Last = 0x10FFFF, FirstSurrogate = 0xD800, LastSurrogate = 0xDFFF;

    private static readonly ConcurrentDictionary<string, (int First, int Last)[]> PairedByCategory = new(StringComparer.Ordinal);

    // Always taken out: half of a pair is no character.
    private const string Surrogates = "-[\\uD800-\\uDFFF]";

    private readonly StringBuilder _units = new();
    private readonly List<(int First, int Last)> _paired = [];

    internal bool IsNegated { get; set; }

    /// <summary>What a dot stands for.</summary>
    internal static RegexpClass AnyButLineEnds()
    {
        RegexpClass set = new() { IsNegated = true };
        set.Add('\n', '\n');
        set.Add('\r', '\r');
        return set;
    }

    internal void Add(int first, int last)
    {
        AddUnits(first, Math.Min(last, FirstSurrogate - 1));
        AddUnits(Math.Max(first, LastSurrogate + 1), Math.Min(last, FirstPaired - 1));
        if (last >= FirstPaired)
            _paired.Add((Math.Max(first, FirstPaired), last));
    }

    private void AddUnits(int first, int last)
    {
        if (first > last)
            return;
        AppendUnit(_units, (char)first);
        _units.Append('-');
        AppendUnit(_units, (char)last);
    }

    /// <summary>Adds a general category or the characters that are not in it.</summary>
    /// <returns>False when there is no such category (RFC 9485, section 4: surrogates are none).</returns>
    internal bool TryAddCategory(ReadOnlySpan<char> name, bool isComplement)
    {
        string category = name.ToString();
        if (!IsCategory(category))
            return false;
        _units.Append(isComplement ? "\\P{" : "\\p{").Append(category).Append('}');
        (int First, int Last)[] paired = PairedByCategory.GetOrAdd(category, FindPaired);
        _paired.AddRange(isComplement ? Complement(paired) : paired);
        return true;
    }

    private static bool IsCategory(string name) => name is
        "L" or "Ll" or "Lm" or "Lo" or "Lt" or "Lu" or "M" or "Mc" or "Me" or "Mn" or "N" or "Nd" or "Nl" or "No"
        or "P" or "Pc" or "Pd" or "Pe" or "Pf" or "Pi" or "Po" or "Ps" or "Z" or "Zl" or "Zp" or "Zs"
        or "S" or "Sc" or "Sk" or "Sm" or "So" or "C" or "Cc" or "Cf" or "Cn" or "Co";

    /// <summary>Writes the set and says about how large it is.</summary>
    internal int AppendTo(StringBuilder output)
    {
        int start = output.Length, alternatives = 0;
        if (_units.Length > 0)
            output.Append(IsNegated ? "[^" : "[").Append(_units).Append(Surrogates).Append(']');
        else if (IsNegated)
            output.Append("[\\u0000-\\uFFFF").Append(Surrogates).Append(']');
        if (output.Length > start)
            alternatives++;
        List<(int First, int Last)> paired = Merge(_paired);
        foreach ((string leading, string trailing) in ByTrailing(IsNegated ? Complement(paired) : paired))
        {
            if (alternatives++ > 0)
                output.Append('|');
            output.Append('[').Append(leading).Append("][").Append(trailing).Append(']');
        }

        return alternatives;
    }

    /// <summary>The leading units of the pairs, together when the same trailing ones follow them.</summary>
    private static IEnumerable<(string Leading, string Trailing)> ByTrailing(IEnumerable<(int First, int Last)> ranges)
    {
        SortedDictionary<int, StringBuilder> trailing = [];
        foreach ((int first, int last) in ranges)
        {
            for (int from = first; from <= last;)
            {
                int leading = (from - FirstPaired) >> 10, to = Math.Min(last, FirstPaired + (leading << 10) + 0x3FF);
                if (!trailing.TryGetValue(leading, out StringBuilder? units))
                    trailing.Add(leading, units = new StringBuilder());
                AppendUnit(units, (char)(0xDC00 + (from & 0x3FF)));
                units.Append('-');
                AppendUnit(units, (char)(0xDC00 + (to & 0x3FF)));
                from = to + 1;
            }
        }

        foreach (IGrouping<string, int> group in trailing.GroupBy(pair => pair.Value.ToString(), pair => pair.Key))
        {
            StringBuilder leading = new();
            foreach (int unit in group)
                AppendUnit(leading, (char)(0xD800 + unit));
            yield return (leading.ToString(), group.Key);
        }
    }

    private static List<(int First, int Last)> Merge(List<(int First, int Last)> ranges)
    {
        List<(int First, int Last)> merged = [];
        foreach ((int first, int last) in ranges.Order())
        {
            if (merged.Count > 0 && first <= merged[^1].Last + 1)
                merged[^1] = (merged[^1].First, Math.Max(last, merged[^1].Last));
            else
                merged.Add((first, last));
        }

        return merged;
    }

    /// <summary>The characters of two units that are not in these ranges, which are in order.</summary>
    private static List<(int First, int Last)> Complement(IEnumerable<(int First, int Last)> ranges)
    {
        List<(int, int)> others = [];
        int next = FirstPaired;
        foreach ((int first, int last) in ranges)
        {
            if (first > next)
                others.Add((next, first - 1));
            next = last + 1;
        }

        if (next <= Last)
            others.Add((next, Last));
        return others;
    }

    private static (int First, int Last)[] FindPaired(string category)
    {
        List<(int First, int Last)> found = [];
        for (int codePoint = FirstPaired; codePoint <= Last; codePoint++)
        {
            if (!IsIn(CharUnicodeInfo.GetUnicodeCategory(codePoint), category))
                continue;
            if (found.Count > 0 && found[^1].Last == codePoint - 1)
                found[^1] = (found[^1].First, codePoint);
            else
                found.Add((codePoint, codePoint));
        }

        return [.. found];
    }

    private static bool IsIn(UnicodeCategory category, string name)
    {
        string own = Abbreviations[(int)category];
        return name.Length == 1 ? own[0] == name[0] : own == name;
    }

    internal static void AppendUnit(StringBuilder output, char unit) => output.Append(CultureInfo.InvariantCulture, $"\\u{(int)unit:X4}");

    /// <summary>In the order of <see cref="UnicodeCategory"/>.</summary>
    private static readonly string[] Abbreviations =
    [
        "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Co", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Sc", "Sk", "Sm", "So", "Cn",
    ];
}
