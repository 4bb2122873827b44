using System.Text;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Messages;
using E3.Relay.Helper.Backup;
using E3.Relay.Testing;

namespace E3.Relay.Helper.Tests.Running;

[Collection(nameof(RunningHelper))]
public sealed class BackupTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private string State => _folder.PathOf("s");

    private string Other => _folder.PathOf("t");

    private string File1 => _folder.PathOf("one.e3b");

    public void Dispose() => _folder.Dispose();

    // The empty machine has what stands for KMS, the administrators and their configuration, and nothing else.
    [Fact]
    public async Task Backup_RestoredOnAnEmptyMachine_OpensEveryToken()
    {
        TransformResult token;
        await using (RunningHelper helper = await RunningHelper.StartReadyAsync(State, "--ensure-app", "shop", "--ensure-app", "blog"))
        {
            token = await helper.EncryptAsync("shop", "secret");
            (int code, string output, string errors) = await helper.AskAsync("backup", "create", File1);
            Assert.True(code == 0, errors);
            Assert.Contains("12 sealed entries of 2 apps", output, StringComparison.Ordinal);
            Assert.Equal((int)ExitCode.Refused, (await helper.AskAsync("backup", "create", File1)).Code);
            Assert.Equal(0, await helper.EndAsync());
        }

        Assert.Equal(0, (await RunningHelper.RunAsync(["backup", "verify", File1])).Code);
        CopyAuthority();
        (int restored, string said, string why) = await RunningHelper.RunAsync(["backup", "restore", File1, "--yes", "--state", Other]);
        Assert.True(restored == 0, why);
        Assert.StartsWith("Restored: fleet", said, StringComparison.Ordinal);
        Assert.StartsWith("Nothing to do", (await RunningHelper.RunAsync(["backup", "restore", File1, "--yes", "--state", Other])).Output, StringComparison.Ordinal);
        await using RunningHelper there = await RunningHelper.StartReadyAsync(Other);
        Assert.Equal("secret", Encoding.UTF8.GetString((await there.DecryptAsync("shop", token.Value)).Value.Span));
        Assert.Equal((0, "blog\nshop", ""), await there.AskAsync("apps", "list"));
        Assert.Equal(ErrorCode.None, (await there.EncryptAsync("blog", "value")).Code);
        Assert.StartsWith("intact: 4 records", (await there.AskAsync("audit", "verify")).Output, StringComparison.Ordinal);
        Assert.Equal(0, (await there.AskAsync("apps", "create", "new")).Code);
        Assert.Equal((int)ExitCode.StateLocked, (await RunningHelper.RunAsync(["backup", "restore", File1, "--yes", "--state", Other])).Code);
    }

    [Fact]
    public async Task Backup_IntoAStoreThatWentOn_IsRefusedAndSaysHowToGoBack()
    {
        await using (RunningHelper helper = await RunningHelper.StartReadyAsync(State, "--ensure-app", "shop"))
        {
            Assert.Equal(0, (await helper.AskAsync("backup", "create", File1)).Code);
            Assert.Equal(0, (await helper.AskAsync("apps", "create", "blog")).Code);
            Assert.Equal(0, await helper.EndAsync());
        }

        (int code, _, string errors) = await RunningHelper.RunAsync(["backup", "restore", File1, "--yes", "--state", State]);
        Assert.Equal((int)ExitCode.Refused, code);
        Assert.Contains("is newer than the backup", errors, StringComparison.Ordinal);
        Assert.Contains("root rewrap", errors, StringComparison.Ordinal);
        await using RunningHelper again = await RunningHelper.StartReadyAsync(State);
        Assert.Equal((0, "blog\nshop", ""), await again.AskAsync("apps", "list"));
    }

    [Fact]
    public async Task Backup_OfAnotherFleetOrWithoutAConfiguration_IsRefused()
    {
        await using (RunningHelper helper = await RunningHelper.StartReadyAsync(State, "--ensure-app", "shop"))
            Assert.Equal(0, (await helper.AskAsync("backup", "create", File1)).Code);
        Assert.Equal((int)ExitCode.StateUnusable, (await RunningHelper.RunAsync(["backup", "restore", File1, "--yes", "--state", _folder.PathOf("u")])).Code);
        await using (RunningHelper stranger = await RunningHelper.StartReadyAsync(Other))
            Assert.Equal(0, await stranger.EndAsync());
        (int code, _, string errors) = await RunningHelper.RunAsync(["backup", "restore", File1, "--yes", "--state", Other]);
        Assert.Equal((int)ExitCode.Refused, code);
        Assert.StartsWith("The backup is of fleet", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Backup_ChangedAnywhere_IsRefused()
    {
        await using (RunningHelper helper = await RunningHelper.StartReadyAsync(State, "--ensure-app", "shop"))
            Assert.Equal(0, (await helper.AskAsync("backup", "create", File1)).Code);
        byte[] whole = File.ReadAllBytes(File1);
        Assert.Equal(6, BackupFile.Read(new MemoryStream(whole)).State.Snapshot.Entries.Count);
        for (int i = 0; i < whole.Length; i++)
        {
            byte[] bent = [.. whole];
            bent[i] ^= 1;
            Assert.Throws<BackupException>(() => BackupFile.Read(new MemoryStream(bent)));
        }

        for (int length = 0; length < whole.Length; length += 5)
            Assert.Throws<BackupException>(() => BackupFile.Read(new MemoryStream(whole, 0, length)));
        Assert.Throws<BackupException>(() => BackupFile.Read(new MemoryStream([.. whole, 10])));
        File.WriteAllBytes(File1, whole[..^20]);
        (int code, _, string errors) = await RunningHelper.RunAsync(["backup", "verify", File1]);
        Assert.Equal((int)ExitCode.NotIntact, code);
        Assert.Equal("NOT INTACT: The backup is refused: Truncated.", errors);
    }

    // A digest is no signature: whoever can write the file can compute it anew. The chain and the engine still tell.
    [Fact]
    public async Task Backup_WithEntriesSwappedAndItsDigestMadeAnew_IsRefused()
    {
        await using (RunningHelper helper = await RunningHelper.StartReadyAsync(State, "--ensure-app", "shop"))
            Assert.Equal(0, (await helper.AskAsync("backup", "create", File1)).Code);
        List<string> lines = [.. File.ReadAllLines(File1)];
        (lines[2], lines[3]) = (lines[3], lines[2]);
        string body = string.Concat(lines[..^1].Select(static line => line + "\n"));
        string digest = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(body)));
        using var bent = new MemoryStream(Encoding.UTF8.GetBytes($"{body}{{\"sha256\":\"{digest}\"}}\n"));
        Assert.Equal(BackupError.EntriesInvalid, Assert.Throws<BackupException>(() => BackupFile.Read(bent)).Error);
    }

    private void CopyAuthority()
    {
        Directory.CreateDirectory(Path.Combine(Other, "simulated"));
        foreach (string file in Directory.GetFiles(Path.Combine(State, "simulated")).Where(static file => !file.EndsWith(".sock", StringComparison.Ordinal)))
            File.Copy(file, Path.Combine(Other, "simulated", Path.GetFileName(file)));
    }
}
