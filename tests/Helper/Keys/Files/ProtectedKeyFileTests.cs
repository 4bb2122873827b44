using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using E3.Relay.Helper.Keys.Files;
using E3.Relay.Helper.State;
using E3.Relay.Testing;
using Konscious.Security.Cryptography;

namespace E3.Relay.Helper.Tests.Keys.Files;

public sealed class ProtectedKeyFileTests : IDisposable
{
    /// <summary>The least that a file may ask for: these tests are not about its cost.</summary>
    internal static readonly PassphraseCost Cheap = new(8 * 1024, 1, 1);

    private static readonly byte[] Passphrase = "correct horse battery"u8.ToArray();
    private readonly TempFolder _folder = new();
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    private string Path => _folder.PathOf("key");

    public void Dispose()
    {
        _key.Dispose();
        _folder.Dispose();
    }

    // RFC 9106 section 5.3.
    [Fact]
    public void Argon2id_PublishedVector_IsTheSame()
    {
        using var argon = new Argon2id([.. Enumerable.Repeat((byte)1, 32)])
        {
            Salt = [.. Enumerable.Repeat((byte)2, 16)],
            KnownSecret = [.. Enumerable.Repeat((byte)3, 8)],
            AssociatedData = [.. Enumerable.Repeat((byte)4, 12)],
            Iterations = 3,
            MemorySize = 32,
            DegreeOfParallelism = 4,
        };
        Assert.Equal("0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659", Convert.ToHexStringLower(argon.GetBytes(32)));
        PassedVectors.Report("Argon2id of RFC 9106", 1, 1);
    }

    [Fact]
    public void Open_WithThePassphrase_GivesTheKeyAndWithAnyOtherNothing()
    {
        Write();
        ProtectedKeyFile file = ProtectedKeyFile.Read(Path, "test");
        using var opened = ECDsa.Create();
        Assert.True(file.Open(Passphrase, opened));
        Assert.Equal(_key.ExportPkcs8PrivateKey(), opened.ExportPkcs8PrivateKey());
        Assert.Equal(_key.ExportSubjectPublicKeyInfo(), file.PublicKey);
        using var none = ECDsa.Create();
        foreach (string other in (string[])["", "correct horse batterY", "correct horse battery "])
            Assert.False(file.Open(Encoding.UTF8.GetBytes(other), none));
    }

    [Fact]
    public void Write_AFile_IsPrivateNeverOverwritesAndHoldsNoKey()
    {
        Write();
        Assert.Equal(PrivateFile.Mode, File.GetUnixFileMode(Path));
        Assert.Throws<IOException>(() => ProtectedKeyFile.Read(Path, "test").Write(Path));
        string text = File.ReadAllText(Path);
        Assert.DoesNotContain(Convert.ToBase64String(_key.ExportECPrivateKey())[12..40], text, StringComparison.Ordinal);
        Assert.True(Convert.FromBase64String(JsonNode.Parse(text)!["sealed"]!.GetValue<string>()).AsSpan().IndexOf(_key.ExportParameters(true).D!) < 0);
    }

    [Fact]
    public void Seal_Twice_HasNothingInCommon()
    {
        Write();
        JsonNode first = JsonNode.Parse(File.ReadAllText(Path))!;
        File.Delete(Path);
        Write();
        JsonNode second = JsonNode.Parse(File.ReadAllText(Path))!;
        Assert.NotEqual(first["nonce"]!.ToString(), second["nonce"]!.ToString());
        Assert.NotEqual(first["argon2id"]!["salt"]!.ToString(), second["argon2id"]!["salt"]!.ToString());
    }

    [Theory]
    [InlineData("publicKey")]
    [InlineData("nonce")]
    [InlineData("sealed")]
    [InlineData("argon2id/salt")]
    public void Open_WithAnyPartBent_GivesNothing(string part)
    {
        Write();
        Change(part, static value => Convert.ToBase64String([.. Convert.FromBase64String(value.GetValue<string>()).Select(static (b, i) => i == 3 ? (byte)(b ^ 1) : b)]));
        using var none = ECDsa.Create();
        Assert.False(ProtectedKeyFile.Read(Path, "test").Open(Passphrase, none));
    }

    [Fact]
    public void Open_UnderOtherParametersOrAnotherPurpose_GivesNothing()
    {
        Write();
        Change("argon2id/iterations", static _ => 2);
        using var none = ECDsa.Create();
        Assert.False(ProtectedKeyFile.Read(Path, "test").Open(Passphrase, none));
        Change("argon2id/iterations", static _ => 1);
        Change("purpose", static _ => "other");
        Assert.False(ProtectedKeyFile.Read(Path, "other").Open(Passphrase, none));
        Assert.Throws<InvalidDataException>(() => ProtectedKeyFile.Read(Path, "test"));
    }

    [Theory]
    [InlineData("argon2id/memoryKiB", 1024)]
    [InlineData("argon2id/memoryKiB", 1 << 30)]
    [InlineData("argon2id/memoryKiB", -1)]
    [InlineData("argon2id/iterations", 0)]
    [InlineData("argon2id/iterations", 1000)]
    [InlineData("argon2id/lanes", 0)]
    [InlineData("argon2id/lanes", 200)]
    [InlineData("format", 1)]
    [InlineData("nonce", 1)]
    [InlineData("more", 1)]
    public void Read_ParametersOutOfBoundsOrOfAnotherForm_AreRefused(string part, int value)
    {
        Write();
        Change(part, _ => value);
        Assert.Throws<InvalidDataException>(() => ProtectedKeyFile.Read(Path, "test"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[1]")]
    [InlineData("-----BEGIN PRIVATE KEY-----")]
    public void Read_AnotherFile_IsRefused(string text)
    {
        File.WriteAllText(Path, text);
        Assert.Throws<InvalidDataException>(() => ProtectedKeyFile.Read(Path, "test"));
    }

    [Fact]
    public void Read_OverTheLimit_IsRefused()
    {
        File.WriteAllText(Path, new string(' ', 40_000));
        Assert.Throws<InvalidDataException>(() => ProtectedKeyFile.Read(Path, "test"));
    }

    private void Write() => ProtectedKeyFile.Seal("test", _key, Passphrase, Cheap).Write(Path);

    private void Change(string part, Func<JsonNode, JsonNode?> change)
    {
        JsonNode root = JsonNode.Parse(File.ReadAllText(Path))!;
        string[] steps = part.Split('/');
        JsonNode parent = steps.Length == 1 ? root : root[steps[0]]!;
        parent[steps[^1]] = change(parent[steps[^1]] ?? JsonValue.Create(0));
        File.WriteAllText(Path, root.ToJsonString());
    }
}
