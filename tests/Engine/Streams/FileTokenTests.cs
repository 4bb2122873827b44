using System.Security.Cryptography;
using CsCheck;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Tokens;
using static E3.Relay.Enclave.Engine.Tests.Streams.StreamCalls;

namespace E3.Relay.Enclave.Engine.Tests.Streams;

/// <summary>What a sealed file opens to, and all that must keep it from opening.</summary>
public sealed class FileTokenTests : IDisposable
{
    private readonly EngineHarness _harness = EngineHarness.Ready();
    private readonly HarnessSession _session;

    public FileTokenTests() => _session = _harness.Open(Granted);

    public static TheoryData<int> Sizes =>
        [0, 1, 15, 16, Segment - 1, Segment, Segment + 1, (2 * Segment) - 1, 2 * Segment, (2 * Segment) + 1, 5 * Segment, (5 * Segment) + 17];

    public void Dispose()
    {
        _session.Dispose();
        _harness.Dispose();
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void File_Sealed_OpensToTheSameBytes_HoweverItIsFramed(int size)
    {
        byte[] file = RandomNumberGenerator.GetBytes(size);
        foreach (int sealedAtOnce in (int[])[1, 2, 15])
        {
            byte[] token = _session.Seal(file, sealedAtOnce);
            Assert.Equal(FileToken.SealedBytes(size), token.Length);
            Assert.True(FileToken.HasHeader(token));
            foreach (int openedAtOnce in (int[])[1, 3, 15])
            {
                (ErrorCode code, byte[] opened) = _session.Open(token, openedAtOnce);
                Assert.Equal(ErrorCode.None, code);
                Assert.Equal(file, opened);
            }
        }
    }

    [Fact]
    public void File_OfAnySizeAroundSegments_OpensToTheSameBytes() =>
        Gen.Select(Gen.Int[0, 4], Gen.Int[-40, 40], Gen.Int[1, 4], Gen.Int[1, 4]).Sample(
            (segments, around, sealedAtOnce, openedAtOnce) =>
            {
                byte[] file = RandomNumberGenerator.GetBytes(Math.Max(0, (segments * Segment) + around));
                (ErrorCode code, byte[] opened) = _session.Open(_session.Seal(file, sealedAtOnce), openedAtOnce);
                Assert.Equal(ErrorCode.None, code);
                Assert.Equal(file, opened);
            },
            iter: 100,
            threads: 1);

    [Fact]
    public void File_SealedTwice_GivesOtherBytesEverywhere()
    {
        byte[] file = new byte[Segment];
        byte[] first = _session.Seal(file), second = _session.Seal(file);
        Assert.False(first.AsSpan(23, 19).SequenceEqual(second.AsSpan(23, 19)));
        Assert.False(first.AsSpan(42, 1024).SequenceEqual(second.AsSpan(42, 1024)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData((2 * Segment) + 100)]
    public void File_WithAnyBitFlipped_DoesNotOpen(int size)
    {
        byte[] token = _session.Seal(RandomNumberGenerator.GetBytes(size));
        int[] everywhere = [.. Enumerable.Range(0, FileToken.HeaderBytes), .. Enumerable.Range(token.Length - 16, 16), FileToken.HeaderBytes];
        Gen<int> position = Gen.OneOf(Gen.Int[0, everywhere.Length - 1].Select(index => everywhere[index]), Gen.Int[0, token.Length - 1]);
        Gen.Select(position, Gen.Int[0, 7]).Sample(
            (at, bit) =>
            {
                byte[] changed = [.. token];
                changed[at] ^= (byte)(1 << bit);
                Assert.NotEqual(ErrorCode.None, _session.Open(changed).Code);
            },
            iter: 300,
            threads: 1);
    }

    [Theory]
    [InlineData(Segment)]
    [InlineData(3 * Segment)]
    [InlineData((3 * Segment) + 5)]
    public void File_CutShortAnywhere_IsRejectedAtItsEnd(int size)
    {
        byte[] file = RandomNumberGenerator.GetBytes(size), token = _session.Seal(file);
        IEnumerable<int> boundaries = Enumerable.Range(0, 4).Select(segment => FileToken.HeaderBytes + (segment * SealedSegment));
        foreach (int length in boundaries.SelectMany(static at => (int[])[at - 17, at - 16, at - 1, at, at + 1, at + 15, at + 16, at + 17]).Append(token.Length - 1).Where(length => length >= FileToken.HeaderBytes && length < token.Length))
        {
            (ErrorCode code, byte[] opened) = _session.Open(token[..length], segmentsPerFrame: 1);
            Assert.Equal(ErrorCode.TokenRejected, code);
            Assert.Equal(file[..opened.Length], opened);
            Assert.True(opened.Length < file.Length);
        }
    }

    [Fact]
    public void File_WithSegmentsMoved_IsRejectedWhereItHappens()
    {
        byte[] file = RandomNumberGenerator.GetBytes((3 * Segment) + 9), token = _session.Seal(file), other = _session.Seal(file);
        byte[] header = token[..FileToken.HeaderBytes], first = Part(token, 0), second = Part(token, 1), third = Part(token, 2), last = Part(token, 3);
        AssertRejected(Segment, [.. header, .. first, .. third, .. second, .. last]);
        AssertRejected(Segment, [.. header, .. first, .. first, .. second, .. third, .. last]);
        AssertRejected(Segment, [.. header, .. first, .. third, .. last]);
        AssertRejected(3 * Segment, [.. token, .. last]);
        AssertRejected(3 * Segment, [.. token, .. new byte[Segment]]);
        AssertRejected(3 * Segment, [.. token, 0]);
        AssertRejected(0, [.. header, .. last]);
        AssertRejected(0, header);
        AssertRejected(Segment, [.. header, .. first, .. Part(other, 1), .. third, .. last]);
        AssertRejected(3 * Segment, [.. header, .. first, .. second, .. third, .. Part(other, 3)]);
        AssertRejected(0, [.. other[..FileToken.HeaderBytes], .. first, .. second, .. third, .. last]);
        AssertRejected(0, [.. token[..23], .. other[23..42], .. token[42..]]);
    }

    [Fact]
    public void File_OfAFullSegment_ExtendedByAnEmptyOne_IsRejected()
    {
        byte[] token = _session.Seal(new byte[Segment]), empty = _session.Seal([]);
        AssertRejected(0, [.. token, .. empty[FileToken.HeaderBytes..]]);
    }

    [Fact]
    public void Frame_WithOneBadSegment_ReleasesNothingOfTheOthers()
    {
        byte[] token = _session.Seal(RandomNumberGenerator.GetBytes(4 * Segment));
        token[FileToken.HeaderBytes + (2 * SealedSegment) + 7] ^= 1;
        (ErrorCode code, byte[] opened) = _session.Open(token, segmentsPerFrame: 4);
        Assert.Equal((ErrorCode.TokenRejected, 0), (code, opened.Length));
    }

    [Fact]
    public void File_OfAnotherAppRoleOrContext_DoesNotOpen()
    {
        using (HarnessSession helper = _harness.Open())
            _harness.CreateApp(helper, "bank");
        using HarnessSession session = OpenEverywhere();
        byte[] token = session.Seal([1, 2, 3], context: [1]);
        Assert.Equal(ErrorCode.None, session.Open(token, group: Group(TransformOperation.Decrypt, context: [1])).Code);
        Assert.Equal(ErrorCode.TokenRejected, session.Open(token, group: Group(TransformOperation.Decrypt, context: [2])).Code);
        Assert.Equal(ErrorCode.TokenRejected, session.Open(token, group: Group(TransformOperation.Decrypt)).Code);
        Assert.Equal(ErrorCode.TokenRejected, session.Open(token, group: Group(TransformOperation.Decrypt, role: "name", context: [1])).Code);
        Assert.Equal(ErrorCode.TokenRejected, session.Open(token, group: Group(TransformOperation.Decrypt, app: "bank", context: [1])).Code);
    }

    [Fact]
    public void File_AfterRotation_OpensUnderItsOwnKey_AndTheNextIsSealedUnderTheNewest()
    {
        byte[] before = _session.Seal([1, 2, 3]);
        _harness.Rotate("shop", KeyPurpose.Random);
        byte[] after = _session.Seal([1, 2, 3]);
        ulong oldKey = DataKey.IdOf(before.AsSpan(7, 8));
        Assert.NotEqual(oldKey, DataKey.IdOf(after.AsSpan(7, 8)));
        _harness.Retire(oldKey);
        Assert.Equal((byte[])[1, 2, 3], _session.Open(before).File);
        Assert.Equal((byte[])[1, 2, 3], _session.Open(after).File);
    }

    [Fact]
    public void File_AfterARestart_Opens()
    {
        byte[] token = _session.Seal(new byte[Segment + 1]);
        using EngineHarness again = _harness.Restart();
        using HarnessSession session = again.Open(Granted);
        Assert.Equal((ErrorCode.None, Segment + 1), (session.Open(token).Code, session.Open(token).File.Length));
    }

    [Fact]
    public void File_OfAnotherKindOfEngineOrKey_IsRefusedFromItsHeader()
    {
        byte[] token = _session.Seal([1, 2, 3]);
        Assert.Equal(ErrorCode.TokenRejected, _session.Open(With(token, 5, 0)).Code);
        Assert.Equal(ErrorCode.TokenMalformed, _session.Open(With(token, 5, 3)).Code);
        Assert.Equal(ErrorCode.TokenMalformed, _session.Open(With(token, 0, 0)).Code);
        Assert.Equal(ErrorCode.TokenMalformed, _session.Open(With(token, 4, 2)).Code);
        Assert.Equal(ErrorCode.TokenMalformed, _session.Open(With(token, 6, 1)).Code);
        Assert.Equal(ErrorCode.TokenMalformed, _session.Open(With(token, 22, 1)).Code);
        Assert.Equal(ErrorCode.KeyNotLoaded, _session.Open(With(token, 7, (byte)(token[7] ^ 1))).Code);
        ulong deterministic = Assert.Single(_harness.Stored.Skip(1).Take(1).Select(static entry => KeyId(entry)));
        byte[] otherPurpose = [.. token];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64BigEndian(otherPurpose.AsSpan(7), deterministic);
        Assert.Equal(ErrorCode.TokenRejected, _session.Open(otherPurpose).Code);
    }

    private static ulong KeyId(ReadOnlyMemory<byte> entry)
    {
        Assert.True(Protocol.State.SealedEntry.TryRead(entry, out Protocol.State.SealedEntry read));
        Assert.Equal(KeyPurpose.Deterministic, read.Purpose);
        return DataKey.IdOf(read.KeyId.Span);
    }

    private static byte[] With(byte[] token, int at, byte value)
    {
        byte[] changed = [.. token];
        changed[at] = value;
        return changed;
    }

    private static byte[] Part(byte[] token, int segment) => token[(FileToken.HeaderBytes + (segment * SealedSegment))..Math.Min(token.Length, FileToken.HeaderBytes + ((segment + 1) * SealedSegment))];

    private HarnessSession OpenEverywhere()
    {
        var caller = new E3.Relay.Testing.TestCaller { Channel = _harness.Channel };
        var session = new HarnessSession(_harness.Engine, caller);
        Assert.Equal(ErrorCode.None, session.Hello(_harness.Fleet.Sign(new Protocol.Documents.Grant
        {
            FleetId = _harness.Fleet.FleetId,
            Serial = 1,
            NotBefore = _harness.Now.AddMinutes(-1).ToUnixTimeSeconds(),
            NotAfter = _harness.Now.AddMinutes(30).ToUnixTimeSeconds(),
            Kind = CallerKind.Application,
            CallerKey = caller.SubjectPublicKeyInfo,
            Name = "everywhere",
            Apps = ["*"],
            Roles = ["*"],
            Operations = Granted,
        })));
        return session;
    }

    private void AssertRejected(int released, byte[] token)
    {
        (ErrorCode code, byte[] opened) = _session.Open(token, segmentsPerFrame: 1);
        Assert.Equal((ErrorCode.TokenRejected, released), (code, opened.Length));
    }
}
