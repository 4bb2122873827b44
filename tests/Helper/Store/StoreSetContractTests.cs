using System.Security.Cryptography;
using E3.Relay.Helper.Store;
using E3.Relay.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace E3.Relay.Helper.Tests.Store;

/// <summary>PostgreSQL and SQLite together do what each of them does.</summary>
public sealed class StoreSetContractTests : SealedStoreContract
{
    private static readonly byte[] Fleet = RandomNumberGenerator.GetBytes(16);
    private readonly TempFolder _folder = new();
    private PostgresTestDatabase _database = null!;

    public override async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(PostgresServer.IsInstalled, PostgresServer.NotInstalled);
        _database = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        string file = _folder.PathOf("connection");
        await File.WriteAllTextAsync(file, _database.ConnectionString + "\n");
        File.SetUnixFileMode(file, UnixFileMode.UserRead);
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Append_ToBoth_IsInEach()
    {
        ISealedStore set = await OpenAsync();
        await set.BeginAsync();
        StoreState stored = await set.AppendAsync("shop", 3);
        await using PostgresStore first = await PostgresStore.OpenAsync(_database.ConnectionString, Fleet, alone: false, default);
        await using SqliteStore second = await SqliteStore.OpenAsync(_folder.PathOf("state.db"), Fleet, TimeProvider.System, default);
        Assert.Equal(stored, await first.ReadAsync(null, default));
        Assert.Equal(stored, await second.ReadAsync(null, default));
    }

    [Fact]
    public async Task Source_ThatOthersMayRead_IsRefused()
    {
        string file = _folder.PathOf("open");
        await File.WriteAllTextAsync(file, $"{_database.ConnectionString};Password=hunter2");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.GroupRead);
        StoreException e = await Assert.ThrowsAsync<StoreException>(
            () => StoreSet.OpenAsync([StoreSource.Parse($"postgresql:{file}", TimeProvider.System)], Fleet, TimeProvider.System, NullLogger.Instance, default));
        Assert.Equal(StoreError.AccessDenied, e.Error);
        Assert.Contains("chmod 600", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", e.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Host=db;Password=hunter2")]
    [InlineData("sqlite:")]
    [InlineData("")]
    [InlineData("oracle:x")]
    public void Source_Malformed_IsRefusedWithoutRepeatingIt(string text)
    {
        FormatException e = Assert.Throws<FormatException>(() => StoreSource.Parse(text, TimeProvider.System));
        Assert.DoesNotContain("hunter2", e.Message, StringComparison.Ordinal);
    }

    // Named in the order in which they must not be used: the shared one comes first by itself.
    private protected override async Task<ISealedStore> OpenStoreAsync() => await StoreSet.OpenAsync(
        [StoreSource.Sqlite(_folder.PathOf("state.db"), TimeProvider.System), StoreSource.Parse($"postgresql:{_folder.PathOf("connection")}", TimeProvider.System)],
        Fleet,
        TimeProvider.System,
        NullLogger.Instance,
        default);
}
