using E3.Relay.Testing;

namespace E3.Relay.Architecture.Tests;

public sealed class TidyTests
{
    private static readonly string[] OtherText = [".md", ".yml", ".yaml", ".json", ".csproj", ".props", ".targets", ".html", ".js", ".mjs", ".sh"];

    [Fact]
    public void Sources_OfTheCheckout_HaveNoBadHabits()
    {
        var files = Checkout.Files(".cs");
        Assert.Contains(files, Checkout.IsProduct);
        Assert.Contains(files, path => path.StartsWith("tests/", StringComparison.Ordinal));
        Assert.Empty(files.SelectMany(path => SourceHabits.Violations(path, Checkout.Read(path))));
    }

    [Fact]
    public void OtherFiles_OfTheCheckout_MarkNothingAsUnfinished()
    {
        var files = OtherText.SelectMany(Checkout.Files).Concat(Scripts()).ToArray();
        Assert.NotEmpty(files);
        Assert.Empty(files.SelectMany(path => SourceHabits.UnfinishedMarks(path, Checkout.Read(path))));
    }

    [Theory]
    [InlineData("class C { void F() { System.Threading.Thread.Sle" + "ep(1); } }")]
    [InlineData("class C { void F() { Thread.Sle" + "ep(1); } }")]
    [InlineData("class C { void F() => throw new NotImplemented" + "Exception(); }")]
    [InlineData("class C { void F() { try { } catch { } } }")]
    [InlineData("class C { void F() { try { } catch (Exception) { /* x */ } } }")]
    [InlineData("class C { void F() { try { } catch (Exception)\n{\n// never mind\n} } }")]
    [InlineData("class C { void F() { try { } catch (IOException) { } } }")]
    [InlineData("class C { void F() { try { } catch (Exception e) when (e is IOException) { } } }")]
    [InlineData("// TO" + "DO later")]
    [InlineData("/* HA" + "CK */")]
    public void Violations_OfABadHabit_AreFound(string source) => Assert.NotEmpty(SourceHabits.Violations("proxy/A.cs", source));

    [Theory]
    [InlineData("class C { string F = \"Thread.Sle" + "ep(1)\"; }")]
    [InlineData("class C { void F() { try { } catch (IOException)\n{\n// the reader is gone, and so is the need\n} } }")]
    [InlineData("class C { void F() { try { } catch (Exception e) when (e is IOException)\n{\n// the reader is gone, and so is the need\n} } }")]
    [InlineData("// a hacker's method")]
    public void Violations_OfInnocentText_AreNone(string source) => Assert.Empty(SourceHabits.Violations("proxy/A.cs", source));

    [Theory]
    [InlineData("proxy/A.cs", 401, 1)]
    [InlineData("proxy/A.cs", 400, 0)]
    [InlineData("tests/A.cs", 401, 0)]
    public void Violations_OfLength_AreOfProductFilesOver400Lines(string path, int lines, int expected) =>
        Assert.Equal(expected, SourceHabits.Violations(path, new string('\n', lines)).Count());

    private static IEnumerable<string> Scripts() =>
        Directory.GetFiles(Repository.PathOf(".ci")).Select(path => Path.GetRelativePath(Repository.Root, path)).Append("Dockerfile");
}
