using E3.Relay.Enclave.Protocol.Messages;
using MessagePack;

namespace E3.Relay.Enclave.Protocol.Tests.Messages;

/// <summary>What is one too many, too long or too short.</summary>
public sealed class MessageLimitTests
{
    private static readonly byte[] Head = new byte[32];

    [Theory]
    [InlineData(31, 0, false)]
    [InlineData(33, 0, false)]
    [InlineData(32, ProtocolLimits.DocumentBytesMax, true)]
    [InlineData(32, ProtocolLimits.DocumentBytesMax + 1, false)]
    public void Hello_NonceAndGrant_AreBounded(int nonceBytes, int grantBytes, bool expected) =>
        Assert.Equal(expected, Wire.TryRead(Wire.Write(new Hello(1, 1, new byte[nonceBytes], new byte[grantBytes]).Write), Hello.Read, out _));

    [Theory]
    [InlineData(ProtocolLimits.AttestationBytesMax, true)]
    [InlineData(ProtocolLimits.AttestationBytesMax + 1, false)]
    public void Evidence_Document_IsBounded(int bytes, bool expected) =>
        Assert.Equal(expected, Wire.TryRead(Wire.Write(new Evidence(new byte[bytes], Statement()).Write), Evidence.Read, out _));

    [Theory]
    [InlineData(CreatedRoot.WrappedBytesMax, 32, true)]
    [InlineData(CreatedRoot.WrappedBytesMax + 1, 32, false)]
    [InlineData(256, 31, false)]
    public void CreatedRoot_IsBounded(int wrapped, int commitment, bool expected) =>
        Assert.Equal(expected, Wire.TryRead(Wire.Write(new CreatedRoot(new byte[wrapped], new byte[commitment], new Evidence(Head, Statement())).Write), CreatedRoot.Read, out _));

    [Theory]
    [InlineData(4096, true)]
    [InlineData(4097, false)]
    public void UnsealRoot_Ciphertext_IsBounded(int bytes, bool expected) =>
        Assert.Equal(expected, Wire.TryRead(Wire.Write(new UnsealRoot(Head, new byte[bytes]).Write), UnsealRoot.Read, out _));

    [Theory]
    [InlineData(ProtocolLimits.EntriesMax, 1, true)]
    [InlineData(ProtocolLimits.EntriesMax + 1, 1, false)]
    [InlineData(1, ProtocolLimits.EntryBytesMax, true)]
    [InlineData(1, ProtocolLimits.EntryBytesMax + 1, false)]
    public void Entries_AreBounded(int count, int bytes, bool expected)
    {
        ReadOnlyMemory<byte>[] entries = [.. Enumerable.Repeat((ReadOnlyMemory<byte>)new byte[bytes], count)];
        Assert.Equal(expected, Wire.TryRead(Wire.Write((ref MessagePackWriter writer) => Entries.Write(ref writer, entries)), Entries.Read, out _));
    }

    [Theory]
    [InlineData("Shop")]
    [InlineData("*")]
    [InlineData("")]
    public void KeyRequest_WithoutAName_IsRefused(string app) =>
        Assert.False(Wire.TryRead(Wire.Write((ref MessagePackWriter writer) => KeyRequest.Write(ref writer, [new(app, KeyPurpose.Random)])), KeyRequest.Read, out _));

    [Theory]
    [InlineData("shop", "card", ProtocolLimits.ContextBytesMax, true)]
    [InlineData("shop", "card", ProtocolLimits.ContextBytesMax + 1, false)]
    [InlineData("*", "card", 0, false)]
    [InlineData("shop", "*", 0, false)]
    [InlineData("shop", "", 0, false)]
    public void TransformGroup_NamesAndContext_AreBounded(string app, string role, int contextBytes, bool expected)
    {
        var group = new TransformGroup { Operation = TransformOperation.Encrypt, App = app, Role = role, Context = new byte[contextBytes] };
        byte[] bytes = Wire.Write(group.Write);
        Assert.Equal(expected, Wire.TryRead(bytes, static (ref MessagePackReader reader) => TransformGroup.ReadHeader(ref reader, out _), out _));
        Assert.True(group.EstimatedBytes >= bytes.Length);
    }

    [Fact]
    public void TransformGroup_WithHalfAField_IsRefused()
    {
        byte[] bytes = Wire.Write(new TransformGroup { Operation = TransformOperation.Encrypt, App = "shop", Role = "card" }.Write);
        bytes[^1] = 0x91;
        Assert.False(Wire.TryRead(new byte[][] { bytes, [1] }.SelectMany(part => part).ToArray(), static (ref MessagePackReader reader) => TransformGroup.ReadHeader(ref reader, out _), out _));
    }

    [Fact]
    public void TransformGroup_EstimatedBytes_IsNeverLess()
    {
        for (int fields = 0; fields < 200; fields += 13)
        {
            TransformItem[] items = [.. Enumerable.Range(0, fields).Select(index => new TransformItem(DataType.String, new byte[index * 300]))];
            var group = new TransformGroup { Operation = TransformOperation.Mask, App = new string('a', 64), Role = new string('b', 64), Context = Head, MaskWith = 0x10FFFF, Items = items };
            Assert.InRange(Wire.Write(group.Write).Length, 1, group.EstimatedBytes);
        }
    }

    [Fact]
    public void TransformResult_OfAnotherCount_IsRefused()
    {
        byte[] one = [0x91, 0x93, 0, 1, 0xC4, 0];
        Assert.True(Read(one, 1));
        Assert.False(Read(one, 0));
        Assert.False(Read(one, 2));

        static bool Read(byte[] bytes, int count) => Wire.TryRead(
            bytes,
            (ref MessagePackReader reader) =>
            {
                TransformResult.ReadGroup(ref reader, new TransformResult[count]);
                return count;
            },
            out _);
    }

    [Theory]
    [InlineData("a", true)]
    [InlineData("0-_.z", true)]
    [InlineData("", false)]
    [InlineData("A", false)]
    [InlineData("a b", false)]
    [InlineData("a/b", false)]
    [InlineData("a\n", false)]
    [InlineData("*", false)]
    [InlineData("ａ", false)]
    public void Names_AreOfTheirAlphabet(string name, bool expected) => Assert.Equal(expected, Names.IsValid(name));

    [Fact]
    public void Names_AreAtMost64Long()
    {
        Assert.True(Names.IsValid(new string('a', 64)));
        Assert.False(Names.IsValid(new string('a', 65)));
    }

    private static AttestationStatement Statement() => new(new byte[16], Head, 0, Head, Head);
}
