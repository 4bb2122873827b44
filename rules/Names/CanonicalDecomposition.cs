using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace E3.Relay.Rules.Names;

/// <summary>
/// Full canonical decomposition (Unicode Standard Annex 15). The platform's own normalization does nothing in invariant globalization mode,
/// in which all our programs run.
/// </summary>
internal static class CanonicalDecomposition
{
    private const int HangulBase = 0xAC00, HangulCount = 11172, LeadBase = 0x1100, VowelBase = 0x1161, TrailBase = 0x11A7, TrailCount = 28, PerLead = 588;

    private static readonly Lazy<FrozenDictionary<int, (int First, int Second)>> Table = new(Load);

    /// <summary>Appends the decomposition of one code point; 0 is never a part of one.</summary>
    internal static void Append(int codePoint, List<Rune> output)
    {
        if (codePoint is >= HangulBase and < HangulBase + HangulCount)
        {
            AppendHangul(codePoint - HangulBase, output);
        }
        else if (Table.Value.TryGetValue(codePoint, out (int First, int Second) parts))
        {
            Append(parts.First, output);
            if (parts.Second != 0)
                Append(parts.Second, output);
        }
        else
        {
            output.Add(new Rune(codePoint));
        }
    }

    private static void AppendHangul(int syllable, List<Rune> output)
    {
        output.Add(new Rune(LeadBase + (syllable / PerLead)));
        output.Add(new Rune(VowelBase + (syllable % PerLead / TrailCount)));
        if (syllable % TrailCount is int trail and not 0)
            output.Add(new Rune(TrailBase + trail));
    }

    private static FrozenDictionary<int, (int First, int Second)> Load()
    {
        using Stream stream = typeof(CanonicalDecomposition).Assembly.GetManifestResourceStream("CanonicalDecompositions.txt")
            ?? throw new InvalidOperationException("the table of canonical decompositions is not in the assembly");
        using StreamReader reader = new(stream, Encoding.ASCII);
        Dictionary<int, (int, int)> table = [];
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith('#'))
                continue;
            string[] parts = line.Split(' ');
            table.Add(Parse(parts[0]), (Parse(parts[1]), parts.Length > 2 ? Parse(parts[2]) : 0));
        }

        return table.ToFrozenDictionary();
    }

    private static int Parse(string digits) => int.Parse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
