using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using E3.Relay.Proxy.Pipeline;
using E3.Relay.Testing;

namespace E3.Relay.Proxy.Tests;

public sealed partial class RelayErrorTests
{
    [Fact]
    public void Codes_AndTheirDocumentation_AreInStep()
    {
        string section = File.ReadAllText(Repository.PathOf("docs", "errors.md")).Split("\n## Of the proxy")[1];
        var documented = Row().Matches(section).Select(static row => (row.Groups[1].Value, int.Parse(row.Groups[2].Value, CultureInfo.InvariantCulture)));
        var declared = typeof(RelayErrors).GetFields(BindingFlags.Static | BindingFlags.Public).Select(static field => (RelayError)field.GetValue(null)!).Select(static error => (error.Code, error.Status));
        Assert.Equal(declared.Append(("target-*", 400)).Order(), documented.Order());
    }

    [GeneratedRegex(@"^\| `([a-z*-]+)` \| (\d+)", RegexOptions.Multiline)]
    private static partial Regex Row();
}
