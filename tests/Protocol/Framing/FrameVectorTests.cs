using System.Security.Cryptography;
using System.Text.Json;
using E3.Relay.Enclave.Protocol.Framing;

namespace E3.Relay.Enclave.Protocol.Tests.Framing;

/// <summary>The bytes of frames, so that the wire form cannot change unnoticed.</summary>
public sealed class FrameVectorTests
{
    private const string File = "frames.json";

    public static TheoryData<string> Requests => Vectors.Names(File, "requests");

    public static TheoryData<string> Answers => Vectors.Names(File, "answers");

    [Theory]
    [MemberData(nameof(Requests))]
    public void RequestHeader_OfAGoldenFrame_ReadsAndWritesTheSame(string name)
    {
        JsonElement vector = Vectors.Find(File, "requests", name);
        byte[] frame = vector.Bytes("frame");
        var header = new RequestHeader(frame);
        Assert.Equal(ProtocolLimits.Version, header.Version);
        Assert.Equal((CallType)vector.GetProperty("call").GetByte(), header.Call);
        Assert.Equal(vector.Bytes("callerKeyId"), header.CallerKeyId);
        Assert.Equal(vector.Number("sequence"), header.Sequence);
        Assert.Equal(vector.Bytes("channel"), header.Channel);
        Assert.Equal(vector.Bytes("signature"), header.Signature);
        Assert.Equal(vector.Bytes("payload"), frame[RequestHeader.Bytes..]);

        byte[] written = new byte[RequestHeader.SignedBytes];
        RequestHeader.Write(written, header.Call, header.CallerKeyId, header.Sequence, header.Channel);
        Assert.Equal(frame[..RequestHeader.SignedBytes], written);
    }

    [Theory]
    [MemberData(nameof(Requests))]
    public void FrameDigest_OfAGoldenFrame_IsTheSignedOne(string name)
    {
        JsonElement vector = Vectors.Find(File, "requests", name);
        byte[] digest = Digest(vector.Bytes("frame"), vector.Bytes("sessionNonce"));
        Assert.Equal(vector.Bytes("digest"), digest);
        using var key = ECDsa.Create();
        key.ImportSubjectPublicKeyInfo(vector.Bytes("callerSpki"), out _);
        Assert.True(key.VerifyHash(digest, vector.Bytes("signature")));
    }

    [Fact]
    public void FrameDigest_CoversEveryByteButTheSignature()
    {
        JsonElement vector = Vectors.Find(File, "requests", "transform");
        byte[] nonce = vector.Bytes("sessionNonce"), frame = vector.Bytes("frame");
        byte[] expected = Digest(frame, nonce);
        for (int i = 0; i < frame.Length; i++)
        {
            bool isSignature = i is >= RequestHeader.SignedBytes and < RequestHeader.Bytes;
            frame[i] ^= 0x10;
            Assert.Equal(isSignature, expected.AsSpan().SequenceEqual(Digest(frame, nonce)));
            frame[i] ^= 0x10;
        }

        for (int i = 0; i < nonce.Length; i++)
        {
            nonce[i] ^= 1;
            Assert.NotEqual(expected, Digest(frame, nonce));
            nonce[i] ^= 1;
        }
    }

    [Fact]
    public void FrameDigest_AfterAnother_IsIndependentOfIt()
    {
        JsonElement vector = Vectors.Find(File, "requests", "hello");
        using var digest = new FrameDigest();
        byte[] hash = new byte[32];
        for (int i = 0; i < 2; i++)
        {
            digest.Compute(vector.Bytes("frame"), vector.Bytes("sessionNonce"), hash);
            Assert.Equal(vector.Bytes("digest"), hash);
        }
    }

    [Theory]
    [MemberData(nameof(Answers))]
    public void AnswerHeader_OfGoldenBytes_ReadsAndWritesTheSame(string name)
    {
        JsonElement vector = Vectors.Find(File, "answers", name);
        byte[] bytes = vector.Bytes("header");
        Assert.True(AnswerHeader.TryRead(bytes, out AnswerHeader header));
        Assert.Equal(new((CallType)vector.GetProperty("call").GetByte(), vector.Number("sequence"), (ErrorCode)vector.GetProperty("code").GetUInt16()), header);
        byte[] written = new byte[AnswerHeader.Bytes];
        header.Write(written);
        Assert.Equal(bytes, written);
    }

    [Fact]
    public void AnswerHeader_TooShortOrOfAnotherVersion_IsRefused()
    {
        byte[] bytes = Vectors.Find(File, "answers", "success").Bytes("header");
        for (int length = 0; length < bytes.Length; length++)
            Assert.False(AnswerHeader.TryRead(bytes.AsSpan(0, length), out _));
        foreach (byte version in (byte[])[0, 2, 255])
        {
            bytes[0] = version;
            Assert.False(AnswerHeader.TryRead(bytes, out _));
        }
    }

    [Fact]
    public void RequestHeader_OfTooFewBytes_IsTheCallersMistake() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new RequestHeader(new byte[RequestHeader.Bytes - 1]).Version);

    private static byte[] Digest(byte[] frame, byte[] nonce)
    {
        using var digest = new FrameDigest();
        byte[] hash = new byte[32];
        digest.Compute(frame, nonce, hash);
        return hash;
    }
}
