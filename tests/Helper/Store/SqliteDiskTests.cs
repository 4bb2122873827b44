using System.Security.Cryptography;
using E3.Relay.Helper.Store;
using E3.Relay.Testing;

namespace E3.Relay.Helper.Tests.Store;

/// <summary>SQLite on a real file system that is full, or takes no writes.</summary>
public sealed class SqliteDiskTests : IAsyncLifetime
{
    private static readonly byte[] Fleet = RandomNumberGenerator.GetBytes(16);
    private readonly TempFolder _folder = new();
    private bool _mounted;

    private string Path => _folder.PathOf("state.db");

    public async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "only root may mount a small file system: SQLite on a full disk is NOT tested here");
        _mounted = await MountAsync("-t", "tmpfs", "-o", "size=512k", "tmpfs");
        Assert.SkipUnless(_mounted, "this system does not let root mount: SQLite on a full disk is NOT tested here");
    }

    public async ValueTask DisposeAsync()
    {
        if (_mounted)
            await RunAsync("/usr/bin/umount", _folder.Path);
        _folder.Dispose();
    }

    [Fact]
    public async Task Disk_Full_TakesNothingHalfAndGoesOnWhenThereIsRoom()
    {
        ISealedStore store = await SqliteStore.OpenAsync(Path, Fleet, TimeProvider.System, default);
        await store.BeginAsync();
        StoreState stored = await store.AppendAsync("shop", 6);
        string filler = _folder.PathOf("filler");
        Fill(filler);
        StoreException e = await Assert.ThrowsAsync<StoreException>(() => AppendUntilItFailsAsync());
        Assert.True(e.Error == StoreError.Full, e.ToString());
        File.Delete(filler);
        Assert.Equal(stored, await store.ReadAsync(stored, default));
        StoreState after = await store.AppendAsync("blog", 6);
        Assert.Equal(after, await (await SqliteStore.OpenAsync(Path, Fleet, TimeProvider.System, default)).ReadAsync(null, default));

        async Task AppendUntilItFailsAsync()
        {
            while (true)
                stored = await store.AppendAsync(stored, TestEntries.MakeBehind(stored, "more", 6), default);
        }
    }

    [Fact]
    public async Task Disk_ReadOnly_TakesNothing()
    {
        ISealedStore store = await SqliteStore.OpenAsync(Path, Fleet, TimeProvider.System, default);
        StoreState begun = await store.BeginAsync();
        Assert.True(await MountAsync("-o", "remount,ro"));
        StoreException e = await Assert.ThrowsAsync<StoreException>(() => store.AppendAsync(begun, TestEntries.MakeBehind(begun, "shop", 1), default));
        Assert.True(e.IsTransient, $"{e.Error}");
        Assert.True(await MountAsync("-o", "remount,rw"));
        await store.AppendAsync(begun, TestEntries.MakeBehind(begun, "shop", 1), default);
    }

    private static void Fill(string path)
    {
        using var file = new FileStream(path, FileMode.CreateNew);
        Action fill = () =>
        {
            for (int written = 0; written < 1 << 20; written += 4096)
            {
                file.Write(new byte[4096]);
                file.Flush();
            }
        };
        Assert.ThrowsAny<IOException>(fill);
    }

    private Task<bool> MountAsync(params string[] arguments) => RunAsync("/usr/bin/mount", [.. arguments, _folder.Path]);

    private static async Task<bool> RunAsync(string program, params string[] arguments)
    {
        await using var mount = ChildProgram.Start(program, arguments);
        return await mount.WaitForExitAsync() == 0;
    }
}
