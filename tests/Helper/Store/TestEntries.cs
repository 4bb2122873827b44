using System.Security.Cryptography;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.State;
using E3.Relay.Helper.Store;

namespace E3.Relay.Helper.Tests.Store;

/// <summary>Entries that read as sealed ones; nothing is sealed in them.</summary>
internal static class TestEntries
{
    public static ReadOnlyMemory<byte>[] Make(StateChain after, string app, int count)
    {
        StateChain chain = after.Fork();
        var entries = new ReadOnlyMemory<byte>[count];
        for (int i = 0; i < count; i++)
        {
            byte[] entry = new SealedEntry
            {
                Position = chain.Length + 1,
                PreviousHead = chain.Head,
                App = app,
                Purpose = KeyPurpose.Random,
                KeyVersion = 1,
                KeyId = RandomNumberGenerator.GetBytes(8),
            }.Write(RandomNumberGenerator.GetBytes(12), RandomNumberGenerator.GetBytes(48));
            entries[i] = entry;
            chain.Append(entry);
        }

        return entries;
    }

    public static ReadOnlyMemory<byte>[] MakeBehind(StoreState state, string app, int count) => Make(state.Snapshot.Chain, app, count);

    public static StoredRoot MakeRoot() => new(RandomNumberGenerator.GetBytes(256), RandomNumberGenerator.GetBytes(100));

    /// <summary>Reads the state, and appends entries to it.</summary>
    public static async Task<StoreState> AppendAsync(this ISealedStore store, string app, int count)
    {
        StoreState present = await store.ReadAsync(null, default);
        return await store.AppendAsync(present, MakeBehind(present, app, count), default);
    }

    public static Task<StoreState> BeginAsync(this ISealedStore store) => store.BeginGenerationAsync(StoreState.Empty, MakeRoot(), [], default);

    public static async Task RefusesAsync(StoreError expected, Func<Task> action) => Assert.Equal(expected, (await Assert.ThrowsAsync<StoreException>(action)).Error);
}
