using System.Text;
using E3.Relay.Helper.Keys.Files;
using E3.Relay.Testing;

namespace E3.Relay.Helper.Tests.Keys.Files;

[Collection(nameof(PassphraseSourceTests))]
public sealed class PassphraseSourceTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose()
    {
        Environment.SetEnvironmentVariable("CREDENTIALS_DIRECTORY", null);
        _folder.Dispose();
    }

    [Theory]
    [InlineData("secret\n", "secret")]
    [InlineData("secret\r\n", "secret")]
    [InlineData("secret", "secret")]
    [InlineData(" two words \nsecond line\n", " two words ")]
    public void Get_FromADescriptorOrCredential_IsItsFirstLine(string content, string expected)
    {
        File.WriteAllText(_folder.PathOf("c"), content);
        using (FileStream file = File.OpenRead(_folder.PathOf("c")))
            Assert.Equal(expected, Encoding.UTF8.GetString(PassphraseSource.TryParse($"fd:{file.SafeFileHandle.DangerousGetHandle()}")!.Get("test")));
        Environment.SetEnvironmentVariable("CREDENTIALS_DIRECTORY", _folder.Path);
        Assert.Equal(expected, Encoding.UTF8.GetString(PassphraseSource.TryParse("credential:c")!.Get("test")));
    }

    [Theory]
    [InlineData("fd:")]
    [InlineData("fd:-1")]
    [InlineData("fd:x")]
    [InlineData("credential:")]
    [InlineData("credential:../etc/passwd")]
    [InlineData("credential:a/b")]
    [InlineData("hunter2")]
    [InlineData("")]
    public void TryParse_AnythingElse_IsNoSource(string text) => Assert.Null(PassphraseSource.TryParse(text));

    [Fact]
    public void Get_NothingThere_IsRefused()
    {
        Environment.SetEnvironmentVariable("CREDENTIALS_DIRECTORY", _folder.Path);
        File.WriteAllText(_folder.PathOf("empty"), "\n");
        File.WriteAllText(_folder.PathOf("long"), new string('x', 2000));
        foreach (string source in (string[])["fd:9999", "credential:none", "credential:empty", "credential:long"])
            Assert.DoesNotContain("xxx", Assert.Throws<HelperRefusedException>(() => PassphraseSource.TryParse(source)!.Get("test")).Message, StringComparison.Ordinal);
        Environment.SetEnvironmentVariable("CREDENTIALS_DIRECTORY", null);
        Assert.Throws<HelperRefusedException>(() => PassphraseSource.TryParse("credential:empty")!.Get("test"));
    }
}
