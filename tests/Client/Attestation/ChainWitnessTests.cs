using System.Security.Cryptography;
using E3.Relay.Enclave.Client.Attestation;
using E3.Relay.Enclave.Protocol.Messages;
using E3.Relay.Testing;

namespace E3.Relay.Enclave.Client.Tests.Attestation;

public sealed class ChainWitnessTests : IDisposable
{
    private static readonly byte[] FleetId = RandomNumberGenerator.GetBytes(16);
    private static readonly byte[] Root = RandomNumberGenerator.GetBytes(32);
    private static readonly byte[] NextRoot = RandomNumberGenerator.GetBytes(32);
    private readonly TempFolder _folder = new();

    private string FilePath => _folder.PathOf("witness.json");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void State_ThatGrows_IsAcceptedAndRemembered()
    {
        foreach (ulong length in (ulong[])[0, 6, 6, 12])
            Accepts(State(Root, length));
        Refuses(State(Root, 6));
        Refuses(State(Root, 11));
        Accepts(State(Root, 12));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(FilePath));
    }

    [Fact]
    public void State_OfTheSameLengthWithAnotherHead_IsRefused()
    {
        Accepts(State(Root, 6));
        Refuses(State(Root, 6) with { ChainHead = new byte[32] });
    }

    [Fact]
    public void Root_ThatWasReplaced_IsRefusedForGood()
    {
        Accepts(State(Root, 6));
        Refuses(State(NextRoot, 5));
        Accepts(State(NextRoot, 6));
        Refuses(State(Root, 6));
        Refuses(State(Root, 60));
        Accepts(State(NextRoot, 7));
    }

    [Fact]
    public void Restore_OnTheAdministratorsWord_IsFollowedOnce()
    {
        Accepts(State(Root, 12));
        var restore = new ChainRestore(FleetId, 1, Root, 6, State(Root, 6).ChainHead);
        Refuses(State(Root, 5), restore);
        Refuses(State(Root, 6) with { ChainHead = new byte[32] }, restore);
        Refuses(State(NextRoot, 6), restore);
        Accepts(State(Root, 6), restore);
        Accepts(State(Root, 9), restore);
        Refuses(State(Root, 6), restore);
        Accepts(State(Root, 6), restore with { Serial = 2 });
    }

    [Fact]
    public void Restore_ToARootThatWasReplaced_IsFollowed()
    {
        Accepts(State(Root, 6));
        Accepts(State(NextRoot, 6));
        var restore = new ChainRestore(FleetId, 7, Root, 6, State(Root, 6).ChainHead);
        Accepts(State(Root, 6), restore);
        Accepts(State(NextRoot, 6), restore);
    }

    [Fact]
    public void File_ThatIsDamaged_IsNotTakenForNone()
    {
        foreach (string text in (string[])["", "{}", "{\"roots\":[1],\"length\":1,\"head\":\"\",\"restore\":0}", "[]"])
        {
            File.WriteAllText(FilePath, text);
            Assert.Throws<InvalidDataException>(() => new ChainWitness(FilePath).Judge(State(Root, 6), null));
        }
    }

    [Fact]
    public void File_ThatCannotBeWritten_IsSaidAndTheStateRememberedMeanwhile()
    {
        var witness = new ChainWitness(_folder.PathOf("missing", "witness.json"));
        Assert.Equal(AttestationError.None, witness.Judge(State(Root, 6), null));
        Assert.False(witness.IsKept);
        Assert.Equal(AttestationError.StateRolledBack, witness.Judge(State(Root, 5), null));
    }

    [Fact]
    public void Document_OfARestore_ReadsBackAndRefusesOtherForms()
    {
        var restore = new ChainRestore(FleetId, 3, Root, 6, State(Root, 6).ChainHead);
        byte[] body = restore.Write();
        Assert.True(ChainRestore.TryRead(body, out ChainRestore read));
        Assert.Equal(body, read.Write());
        Assert.False(ChainRestore.TryRead(body.AsMemory(0, body.Length - 1), out _));
        Assert.False(ChainRestore.TryRead((byte[])[.. body, 0], out _));
        body[1] = 2;
        Assert.False(ChainRestore.TryRead(body, out _));
    }

    private static AttestationStatement State(byte[] root, ulong length) => new(FleetId, root, length, SHA256.HashData([.. root, (byte)length]), new byte[32]);

    // Each by a witness of its own, as after a restart.
    private void Accepts(AttestationStatement statement, ChainRestore? restore = null) => Assert.Equal(AttestationError.None, new ChainWitness(FilePath).Judge(statement, restore));

    private void Refuses(AttestationStatement statement, ChainRestore? restore = null) =>
        Assert.Equal(AttestationError.StateRolledBack, new ChainWitness(FilePath).Judge(statement, restore));
}
