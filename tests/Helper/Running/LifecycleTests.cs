using System.Text;
using System.Text.Json;
using E3.Relay.Enclave.Client;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Messages;
using E3.Relay.Testing;

namespace E3.Relay.Helper.Tests.Running;

/// <summary>The life of keys, policy and root over the command line of the built helper, with a real engine.</summary>
[Collection(nameof(RunningHelper))]
public sealed class LifecycleTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private string State => _folder.PathOf("s");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Rotate_WithoutAPurpose_LeavesWhatIsComparedAlone()
    {
        await using RunningHelper helper = await RunningHelper.StartReadyAsync(State, "--ensure-app", "shop");
        TransformResult before = await helper.EncryptAsync("shop", "secret");
        Assert.Equal((0, "Keys of app shop rotated. Sealed entries: 9, generation 1.", ""), await helper.AskAsync("keys", "rotate", "shop"));
        Dictionary<string, int> newest = (await KeysAsync(helper)).GroupBy(static key => key.Purpose).ToDictionary(static group => group.Key, static group => group.Max(key => key.Version));
        Assert.Equal(2, newest["random"]);
        Assert.Equal(2, newest["client-p256"]);
        Assert.Equal(2, newest["client-secp256k1"]);
        Assert.Equal(1, newest["deterministic"]);
        Assert.Equal(1, newest["format-preserving"]);
        Assert.Equal(1, newest["hash"]);
        TransformResult after = await helper.EncryptAsync("shop", "secret");
        Assert.NotEqual(TokenKeys.IdOf(before), TokenKeys.IdOf(after));
        await OpensAsync(helper, before, after);
    }

    [Fact]
    public async Task Rotate_OfADeterministicKey_AsksFirst()
    {
        await using RunningHelper helper = await RunningHelper.StartReadyAsync(State, "--ensure-app", "shop");
        (int code, _, string errors) = await helper.AskAsync("keys", "rotate", "shop", "--purpose", "deterministic");
        Assert.Equal((int)ExitCode.Refused, code);
        Assert.EndsWith("Say --yes.", errors, StringComparison.Ordinal);
        (code, string output, _) = await helper.AskAsync("keys", "rotate", "shop", "--purpose", "deterministic", "--yes", "--json");
        Assert.Equal(0, code);
        Assert.Equal(7, JsonDocument.Parse(output).RootElement.GetProperty("entries").GetInt32());
    }

    [Theory]
    [InlineData("Refused: the app has no such key.", "rotate", "blog")]
    [InlineData("Refused: a purpose is one of random, deterministic, format-preserving, hash, client-p256, client-secp256k1.", "rotate", "shop", "--purpose", "all")]
    [InlineData("Refused: a key id has 16 hexadecimal digits.", "retire", "shop", "12", "--yes")]
    [InlineData("Refused: the app has no key with that id.", "retire", "shop", "0011223344556677", "--yes")]
    public async Task Keys_ThatCannotBeChanged_AreRefused(string error, params string[] arguments)
    {
        await using RunningHelper helper = await RunningHelper.StartReadyAsync(State, "--ensure-app", "shop");
        Assert.Equal((1, "", error), await helper.AskAsync(["keys", .. arguments]));
        Assert.Equal(6, (await helper.StatusAsync()).GetProperty("entries").GetInt32());
    }

    [Fact]
    public async Task Retire_OfTheEarlierKey_LastsOverARestart()
    {
        TransformResult before;
        await using (RunningHelper helper = await RunningHelper.StartReadyAsync(State, "--ensure-app", "shop", "--ensure-app", "blog"))
        {
            before = await helper.EncryptAsync("shop", "secret");
            string keyId = TokenKeys.IdOf(before);
            Assert.Equal("Refused: the key is the newest of its purpose, or retired already; rotate first.", (await helper.AskAsync("keys", "retire", "shop", keyId, "--yes")).Errors);
            await helper.AskAsync("keys", "rotate", "shop");
            Assert.Equal("Refused: the app has no key with that id.", (await helper.AskAsync("keys", "retire", "blog", keyId, "--yes")).Errors);
            Assert.Equal(0, (await helper.AskAsync("keys", "retire", "shop", keyId, "--yes")).Code);
            Assert.True((await KeysAsync(helper)).Single(key => key.KeyId == keyId).Retired);
            await OpensAsync(helper, before);
            await helper.EndAsync();
        }

        await using RunningHelper again = await RunningHelper.StartReadyAsync(State);
        Assert.True((await KeysAsync(again)).Single(key => key.KeyId == TokenKeys.IdOf(before)).Retired);
        await OpensAsync(again, before);
    }

    [Fact]
    public async Task Policy_SignedByTheAdministrator_RevokesAtOnceAndAfterARestart()
    {
        string file = _folder.PathOf("policy.e3doc");
        await using (RunningHelper helper = await RunningHelper.StartReadyAsync(State, "--ensure-app", "shop"))
        {
            await SignAsync("policy", "sign", "--serial", "2", "--applications", "4000000000", "--out", file);
            Assert.Equal((int)ExitCode.Refused, (await helper.AskAsync("policy", "set", file)).Code);
            await helper.EncryptAsync("shop", "secret");
            Assert.Equal(0, (await helper.AskAsync("policy", "set", file, "--yes")).Code);
            await RevokedAsync(helper);
            Assert.Contains("not newer", (await helper.AskAsync("policy", "set", file, "--yes")).Errors, StringComparison.Ordinal);
            await helper.EndAsync();
        }

        await using RunningHelper again = await RunningHelper.StartReadyAsync(State);
        await RevokedAsync(again);
    }

    [Fact]
    public async Task Policy_ThatWouldShutTheHelperOutOrIsNotSigned_IsRefused()
    {
        string file = _folder.PathOf("policy.e3doc");
        await using RunningHelper helper = await RunningHelper.StartReadyAsync(State, "--ensure-app", "shop");
        await SignAsync("policy", "sign", "--serial", "2", "--helpers", "4000000000", "--out", file);
        Assert.Equal("Refused: the policy would revoke the helper's own grant; renew that first.", (await helper.AskAsync("policy", "set", file, "--yes")).Errors);
        await SignAsync("policy", "sign", "--serial", "2", "--out", file);
        byte[] document = File.ReadAllBytes(file);
        document[^1] ^= 1;
        File.WriteAllBytes(file, document);
        Assert.StartsWith("Refused: the document is not signed", (await helper.AskAsync("policy", "set", file, "--yes")).Errors, StringComparison.Ordinal);
        Assert.Equal(6, (await helper.StatusAsync()).GetProperty("entries").GetInt32());
    }

    [Fact]
    public async Task Rewrap_OnAnOrder_MovesEverythingAndTokensStay()
    {
        string order = _folder.PathOf("order.e3doc");
        TransformResult first, second;
        await using (RunningHelper helper = await RunningHelper.StartReadyAsync(State, "--ensure-app", "shop"))
        {
            first = await helper.EncryptAsync("shop", "secret");
            await helper.AskAsync("keys", "rotate", "shop");
            await SignAsync("root", "order", "--out", order);
            string trust = File.ReadAllText(Path.Combine(State, "trust.json"));
            Assert.Equal((0, "All state is under a new root key. Sealed entries: 9, generation 2.", ""), await helper.AskAsync("root", "rewrap", "--order", order, "--yes"));
            Assert.NotEqual(trust, File.ReadAllText(Path.Combine(State, "trust.json")));
            await OpensAsync(helper, first);
            second = await helper.EncryptAsync("shop", "secret");

            // The order names the root key that it replaces, so it works once.
            Assert.StartsWith("Refused: the document is not signed", (await helper.AskAsync("root", "rewrap", "--order", order, "--yes")).Errors, StringComparison.Ordinal);
            Assert.Equal(0, (await helper.AskAsync("apps", "create", "blog")).Code);
            await OpensAsync(helper, first, second);
            await helper.EndAsync();
        }

        await using RunningHelper again = await RunningHelper.StartReadyAsync(State);
        await OpensAsync(again, first, second);
        Assert.Equal(15, (await again.StatusAsync()).GetProperty("entries").GetInt32());
        await SignAsync("root", "order", "--out", order);
        Assert.Equal(0, (await again.AskAsync("root", "rewrap", "--order", order, "--yes")).Code);
        await OpensAsync(again, first, second);
    }

    private static async Task OpensAsync(RunningHelper helper, params TransformResult[] tokens)
    {
        foreach (TransformResult token in tokens)
        {
            TransformResult opened = await helper.DecryptAsync("shop", token.Value);
            Assert.Equal((ErrorCode.None, "secret"), (opened.Code, Encoding.UTF8.GetString(opened.Value.Span)));
        }
    }

    private static async Task RevokedAsync(RunningHelper helper)
    {
        Assert.True(Enclave.Protocol.Transport.EnclaveAddress.TryParse($"unix:{helper.State}/enclave.sock", out Enclave.Protocol.Transport.EnclaveAddress address));
        using var root = System.Security.Cryptography.X509Certificates.X509CertificateLoader.LoadCertificateFromFile(Path.Combine(helper.State, "simulated", "nsm-root.der"));
        using var caller = CallerIdentity.Load(Path.Combine(helper.State, "callers", "requests"));
        EnclaveException refused = await Assert.ThrowsAsync<EnclaveException>(() => EnclaveConnection.OpenAsync(
            address, caller, EnclaveTrust.Load(Path.Combine(helper.State, "trust.json"), root), Enclave.Client.Attestation.RootExpectation.Signed, TimeProvider.System, default));
        Assert.Equal(ErrorCode.GrantRevoked, refused.Code);
    }

    private async Task SignAsync(params string[] arguments)
    {
        (int code, _, string errors) = await RunningHelper.RunAsync([.. arguments, "--state", State], "Development");
        Assert.True(code == 0, errors);
    }

    private static async Task<(string Purpose, int Version, string KeyId, bool Retired)[]> KeysAsync(RunningHelper helper)
    {
        (_, string output, string errors) = await helper.AskAsync("keys", "show", "shop", "--json");
        Assert.True(output.Length > 0, errors);
        return [.. JsonDocument.Parse(output).RootElement.GetProperty("keys").EnumerateArray().Select(static key =>
            (key.GetProperty("purpose").GetString()!, key.GetProperty("version").GetInt32(), key.GetProperty("keyId").GetString()!, key.GetProperty("retired").GetBoolean()))];
    }
}
