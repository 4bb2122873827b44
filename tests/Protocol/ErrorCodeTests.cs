using System.Globalization;
using System.Text.RegularExpressions;
using E3.Relay.Testing;

namespace E3.Relay.Enclave.Protocol.Tests;

public sealed partial class ErrorCodeTests
{
    [Fact]
    public void Codes_AndTheirDocumentation_AreInStep()
    {
        string section = File.ReadAllText(Repository.PathOf("docs", "errors.md")).Split("\n## ")[1];
        var documented = Row().Matches(section).ToDictionary(static row => row.Groups[2].Value, static row => int.Parse(row.Groups[1].Value, CultureInfo.InvariantCulture));
        var declared = Enum.GetValues<ErrorCode>().ToDictionary(static code => code.ToString(), static code => (int)code);
        Assert.Equal(declared.OrderBy(static pair => pair.Value), documented.OrderBy(static pair => pair.Value));
    }

    [GeneratedRegex(@"^\| (\d+) \| `(\w+)` \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
