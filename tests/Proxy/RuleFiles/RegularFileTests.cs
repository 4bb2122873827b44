using System.Diagnostics;
using E3.Relay.Proxy.RuleFiles;
using E3.Relay.Proxy.Tests.RuleCommands;
using E3.Relay.Testing;

namespace E3.Relay.Proxy.Tests.RuleFiles;

/// <summary>What has no end is not read: to open a FIFO would wait for somebody who writes.</summary>
public sealed class RegularFileTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Check_Fifo_IsRefusedAtOnce()
    {
        using TempFolder folder = new();
        CommandRun run = await Task.Run(() => CommandRun.RunAsync(["check", MakeFifo(folder)])).WaitAsync(Limit, TestContext.Current.CancellationToken);
        Assert.Equal(2, run.Code);
        Assert.Contains("is no regular file", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/dev/zero")]
    [InlineData("/dev/null")]
    [InlineData("/dev")]
    public async Task Check_DeviceOrFolder_IsRefused(string path)
    {
        CommandRun run = await CommandRun.RunAsync(["check", path]);
        Assert.Equal((2, $"{path}: is no regular file; what is piped is read as -\n"), (run.Code, run.Error));
    }

    [Fact]
    public async Task Refresh_OfAFileThatBecameAFifo_KeepsTheLastGoodRules()
    {
        using TempFolder folder = new();
        string file = folder.PathOf("r.yaml");
        await File.WriteAllTextAsync(file, "app: shop\nrules: []\n", TestContext.Current.CancellationToken);
        ListenerRules rules = ListenerRules.Load("public", folder.Path, [file]);
        string digest = rules.State.Rules.Digest;
        Assert.NotEmpty(digest);
        File.Delete(file);
        MakeFifo(folder);
        bool taken = await Task.Run(() => rules.Refresh() || rules.Refresh()).WaitAsync(Limit, TestContext.Current.CancellationToken);
        Assert.True(taken);
        Assert.Equal(["r.yaml: is no regular file"], rules.State.Problems);
        Assert.Equal(digest, rules.State.Rules.Digest);
    }

    [Fact]
    public async Task Check_LinkToAFile_ReadsTheFile()
    {
        using TempFolder folder = new();
        await File.WriteAllTextAsync(folder.PathOf("data.yaml"), "app: shop\nrules: []\n", TestContext.Current.CancellationToken);
        File.CreateSymbolicLink(folder.PathOf("r.yaml"), "data.yaml");
        Assert.Equal(0, (await CommandRun.RunAsync(["check", folder.PathOf("r.yaml")])).Code);
    }

    [Fact]
    public void Open_WhatCannotBeOpened_SaysWhichKind()
    {
        using TempFolder folder = new();
        Assert.Throws<FileNotFoundException>(() => RegularFile.Open(folder.PathOf("none")));
        Assert.Throws<ArgumentException>(() => RegularFile.Open(folder.PathOf("a\0b")));
        File.WriteAllText(folder.PathOf("file"), "");
        Assert.Throws<IOException>(() => RegularFile.Open(folder.PathOf("file/below")));
    }

    private static string MakeFifo(TempFolder folder)
    {
        string path = folder.PathOf("r.yaml");
        using Process made = Process.Start("mkfifo", [path]);
        made.WaitForExit();
        Assert.Equal(0, made.ExitCode);
        return path;
    }
}
