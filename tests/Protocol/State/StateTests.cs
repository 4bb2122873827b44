using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;
using CsCheck;
using E3.Relay.Enclave.Protocol.State;

namespace E3.Relay.Enclave.Protocol.Tests.State;

public sealed class StateTests
{
    private const string File = "state.json";

    public static TheoryData<string> Entries => Vectors.Names(File, "entries", "entry");

    [Theory]
    [MemberData(nameof(Entries))]
    public void Entry_Golden_ReadsAndWritesTheSame(string hex)
    {
        JsonElement vector = Vectors.Find(File, "entries", hex, "entry");
        byte[] bytes = vector.Bytes("entry");
        Assert.True(SealedEntry.TryRead(bytes, out SealedEntry entry));
        Assert.Equal(vector.GetProperty("position").GetUInt64(), entry.Position);
        Assert.Equal(vector.Bytes("previousHead"), entry.PreviousHead.ToArray());
        Assert.Equal(vector.Text("app"), entry.App);
        Assert.Equal((KeyPurpose)vector.GetProperty("purpose").GetByte(), entry.Purpose);
        Assert.Equal(vector.GetProperty("keyVersion").GetUInt32(), entry.KeyVersion);
        Assert.Equal(vector.Bytes("keyId"), entry.KeyId.ToArray());
        Assert.Equal(vector.Bytes("attachment"), entry.Attachment.ToArray());
        Assert.Equal(vector.Bytes("nonce"), entry.Nonce.ToArray());
        Assert.Equal(vector.Bytes("sealed"), entry.Sealed.ToArray());
        Assert.Equal(vector.Bytes("associatedData"), entry.AssociatedData());
        Assert.Equal(bytes, entry.Write(entry.Nonce.Span, entry.Sealed.Span));
    }

    [Theory]
    [MemberData(nameof(Entries))]
    public void Entry_OfAnyTruncationOrWithBytesBehindIt_IsRefused(string hex)
    {
        byte[] bytes = Convert.FromHexString(hex);
        for (int length = 0; length < bytes.Length; length++)
            Assert.False(SealedEntry.TryRead(bytes.AsMemory(0, length), out _));
        Assert.False(SealedEntry.TryRead(new byte[][] { bytes, [0] }.SelectMany(part => part).ToArray(), out _));
    }

    [Fact]
    public void Entry_OfAnotherFormOrTooLarge_IsRefused()
    {
        byte[] bytes = Convert.FromHexString(Vectors.Names(File, "entries", "entry").First().Data);
        byte[] otherVersion = [.. bytes], oneMore = [.. bytes, 0], tooLarge = new byte[ProtocolLimits.EntryBytesMax + 1];
        otherVersion[1] = 2;
        oneMore[0]++;
        bytes.CopyTo(tooLarge, 0);
        Assert.False(SealedEntry.TryRead(otherVersion, out _));
        Assert.False(SealedEntry.TryRead(oneMore, out _));
        Assert.False(SealedEntry.TryRead(tooLarge, out _));
    }

    [Fact]
    public void Entry_OfRandomOrChangedBytes_NeverThrows()
    {
        byte[] bytes = Convert.FromHexString(Vectors.Names(File, "entries", "entry").First().Data);
        Gen.Byte.Array[0, 300].Sample(random => { SealedEntry.TryRead(random, out _); });
        Gen.Select(Gen.Int[0, bytes.Length - 1], Gen.Byte).Sample((position, value) =>
        {
            byte[] changed = [.. bytes];
            changed[position] = value;
            SealedEntry.TryRead(changed, out _);
        });
    }

    [Fact]
    public void Chain_OverGoldenEntries_HasTheGoldenHeads()
    {
        var chain = new StateChain();
        Assert.Equal(new byte[StateChain.HeadBytes], chain.Head.ToArray());
        foreach (var row in Entries)
        {
            JsonElement vector = Vectors.Find(File, "entries", row.Data, "entry");
            Assert.Equal(vector.Bytes("previousHead"), chain.Head.ToArray());
            chain.Append(vector.Bytes("entry"));
            Assert.Equal(vector.Bytes("head"), chain.Head.ToArray());
            Assert.Equal(vector.GetProperty("position").GetUInt64(), chain.Length);
        }
    }

    [Fact]
    public void Chain_OverAnyEntries_IsWhatItsDefinitionSays() => Gen.Byte.Array[0, 100].List[0, 10].Sample(entries =>
    {
        var chain = new StateChain();
        byte[] head = new byte[32], position = new byte[8];
        for (int i = 0; i < entries.Count; i++)
        {
            BinaryPrimitives.WriteInt64BigEndian(position, i + 1);
            head = SHA256.HashData([.. "E3-STATE-CHAIN-V1\0"u8, .. position, .. head, .. SHA256.HashData(entries[i])]);
            chain.Append(entries[i]);
        }

        Assert.Equal(head, chain.Head.ToArray());
        Assert.Equal((ulong)entries.Count, chain.Length);
    });

    [Fact]
    public void Chain_OfOtherOrder_HasAnotherHead()
    {
        var forwards = new StateChain();
        var backwards = new StateChain();
        forwards.Append("a"u8);
        forwards.Append("b"u8);
        backwards.Append("b"u8);
        backwards.Append("a"u8);
        Assert.NotEqual(forwards.Head.ToArray(), backwards.Head.ToArray());
    }

    [Fact]
    public void Fork_GoesItsOwnWay()
    {
        var chain = new StateChain();
        chain.Append("a"u8);
        byte[] head = chain.Head.ToArray();
        StateChain fork = chain.Fork();
        fork.Append("b"u8);
        Assert.Equal((head, 1UL), (chain.Head.ToArray(), chain.Length), (left, right) => left.Item1.AsSpan().SequenceEqual(right.Item1) && left.Item2 == right.Item2);
        chain.Append("b"u8);
        Assert.Equal(chain.Head.ToArray(), fork.Head.ToArray());
    }
}
