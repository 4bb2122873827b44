using System.Globalization;
using System.Text.RegularExpressions;
using E3.Relay.Enclave.Protocol.Tokens;
using E3.Relay.Testing;

namespace E3.Relay.Enclave.Engine.Tests.Vectors;

/// <summary>What <c>docs/spec/tokens.md</c> shows is what the vectors and the code say.</summary>
public sealed partial class SpecificationTests
{
    private static readonly string Page = File.ReadAllText(Repository.PathOf("docs", "spec", "tokens.md"));

    [Fact]
    public void WorkedExample_IsAVector()
    {
        string[] tokens = [.. TokenLine().Matches(Page).Select(static match => match.Groups[1].Value)];
        string[] golden = [.. GoldenFile.Read("sealed.json").GetProperty("sealed").EnumerateArray().Select(static vector => vector.Text("token"))];
        Assert.Equal(2, tokens.Length);
        Assert.All(tokens, token => Assert.Contains(token, golden));
        string result = ResultLine().Match(Page).Groups[1].Value;
        Assert.Contains(GoldenFile.Read("preserved.json").GetProperty("preserved").EnumerateArray(), vector => vector.Text("result") == result);
    }

    [Fact]
    public void Lengths_AreThoseOfTheCode()
    {
        MatchCollection rows = LengthRow().Matches(Page);
        Assert.True(rows.Count >= 10);
        foreach (Match row in rows)
        {
            int[] numbers = [.. row.Groups.Values.Skip(1).Select(static group => int.Parse(group.Value, NumberStyles.AllowThousands, CultureInfo.InvariantCulture))];
            foreach (int length in numbers[..2])
            {
                Assert.Equal(numbers[2], TokenGrammar.Characters(TokenAlgorithm.Random, TokenGrammar.PaddedLength(length)));
                Assert.Equal(numbers[3], TokenGrammar.Characters(TokenAlgorithm.Deterministic, TokenGrammar.PaddedLength(length)));
            }
        }

        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"| {TokenGrammar.CharactersMin} to {TokenGrammar.CharactersMax:N0} characters |"), Page, StringComparison.Ordinal);
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"{TokenGrammar.CharactersMin - 3}*{TokenGrammar.CharactersMax - 3}("), Page, StringComparison.Ordinal);
    }

    [Fact]
    public void WorkedFile_IsAVector()
    {
        string file = string.Concat(FileLines().Match(Page).Groups[1].Value.Where(char.IsAsciiHexDigit));
        Assert.Equal(GoldenFile.Find(GoldenFile.Read("files.json"), "sealed", "name", "worked example").Text("file"), file);
    }

    [GeneratedRegex(@"^    file +([0-9a-f]{8}[0-9a-f ]+\n +[0-9a-f ]+)$", RegexOptions.Multiline)]
    private static partial Regex FileLines();

    [GeneratedRegex(@"^    token +(e3\.\S+)$", RegexOptions.Multiline)]
    private static partial Regex TokenLine();

    [GeneratedRegex(@"^    result +(\S+)$", RegexOptions.Multiline)]
    private static partial Regex ResultLine();

    [GeneratedRegex(@"^\| ([\d,]+) to ([\d,]+) \| ([\d,]+) \| ([\d,]+) \|$", RegexOptions.Multiline)]
    private static partial Regex LengthRow();
}
