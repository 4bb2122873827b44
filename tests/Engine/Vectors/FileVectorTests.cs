using System.Security.Cryptography;
using System.Text.Json;
using E3.Relay.Enclave.Engine.Tests.Streams;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Messages;
using E3.Relay.Enclave.Protocol.Tokens;

namespace E3.Relay.Enclave.Engine.Tests.Vectors;

/// <summary><c>files.json</c>: sealed files, and files that do not open. Another program made them from the specification.</summary>
public sealed class FileVectorTests : IClassFixture<FileVectorTests.Engines>
{
    private static readonly JsonElement File = GoldenFile.Read("files.json");
    private readonly Engines _engines;

    public FileVectorTests(Engines engines) => _engines = engines;

    public static TheoryData<string> Sealed => GoldenFile.Names(File, "sealed", "name");

    public static TheoryData<string> Refused => GoldenFile.Names(File, "refused", "why");

    [Theory]
    [MemberData(nameof(Sealed))]
    public void File_SealedUnderTheGoldenKeyAndRandomBytes_IsTheSealedFile(string name)
    {
        JsonElement vector = GoldenFile.Find(File, "sealed", "name", name);
        byte[] token = Make(vector);
        Assert.Equal(vector.GetProperty("sealedLength").GetInt32(), token.Length);
        Assert.Equal(FileToken.SealedBytes(vector.GetProperty("length").GetInt64()), token.Length);
        if (vector.TryGetProperty("file", out JsonElement file))
            Assert.Equal(file.GetString(), Convert.ToHexStringLower(token));
        Assert.Equal(vector.Text("sha256"), Convert.ToHexStringLower(SHA256.HashData(token)));
        string[] tags = [.. token.Skip(FileToken.HeaderBytes).Chunk(StreamCalls.SealedSegment).Select(static segment => Convert.ToHexStringLower(segment.AsSpan(segment.Length - 16)))];
        Assert.Equal(vector.GetProperty("tags").EnumerateArray().Select(static tag => tag.GetString()), tags);
        Assert.Equal(vector.Bytes("associatedData"), new AssociatedData(Group(vector, TransformOperation.Encrypt)).For(FileToken.TokenHeaderOf(token)).ToArray());
    }

    [Theory]
    [MemberData(nameof(Sealed))]
    public void File_Golden_Opens(string name)
    {
        JsonElement vector = GoldenFile.Find(File, "sealed", "name", name);
        (ErrorCode code, byte[] opened) = _engines.Of(vector.Flag("test")).Session.Open(Make(vector), group: Group(vector, TransformOperation.Decrypt));
        Assert.Equal(ErrorCode.None, code);
        Assert.Equal(Plain(vector.GetProperty("length").GetInt32()), opened);
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public void File_GoldenAndBad_FailsAsSaid_AndReleasesNoMore(string why)
    {
        JsonElement vector = GoldenFile.Find(File, "refused", "why", why);
        byte[] token = [.. vector.GetProperty("pieces").EnumerateArray().SelectMany(Piece)];
        if (vector.TryGetProperty("flip", out JsonElement flip))
            token[flip.GetProperty("at").GetInt32()] ^= flip.Byte("mask");
        (ErrorCode code, byte[] released) = _engines.Of(vector.Flag("test")).Session.Open(token, segmentsPerFrame: 1, Group(vector, TransformOperation.Decrypt));
        Assert.Equal(Enum.Parse<ErrorCode>(vector.Text("failure")), code);
        Assert.Equal(Plain(vector.GetProperty("released").GetInt32()), released);
    }

    private static byte[] Piece(JsonElement piece) => Make(GoldenFile.Find(File, "sealed", "name", piece.Text("of")))[piece.GetProperty("from").GetInt32()..piece.GetProperty("to").GetInt32()];

    // Seals as an engine does that drew these random bytes.
    private static byte[] Make(JsonElement vector)
    {
        using var ring = new GoldenRing();
        DataKey key = ring.Key(vector.Text("key"));
        var context = new AssociatedData(Group(vector, TransformOperation.Encrypt));
        byte[] header = new byte[FileToken.HeaderBytes], file = Plain(vector.GetProperty("length").GetInt32());
        FileToken.WriteHeader(header, vector.Flag("test") ? TokenHeader.TestFlag : (byte)0, key.KeyId.Span, context.RoleId);
        vector.Bytes("random").CopyTo(header.AsSpan(FileToken.HeaderBytes - FileToken.RandomBytes));
        using var stream = new TokenStream(key, context, TransformOperation.Encrypt, header, TimeProvider.System);
        Assert.True(stream.Takes(file.Length, last: true));
        byte[] body = new byte[stream.OutputLength(file.Length)];
        Assert.Equal(ErrorCode.None, stream.Run(file, last: true, body));
        return [.. header, .. body];
    }

    private static byte[] Plain(int length) => [.. Enumerable.Range(0, length).Select(static place => (byte)(place % 251))];

    private static TransformGroup Group(JsonElement vector, TransformOperation operation) =>
        StreamCalls.Group(operation, vector.Text("app"), vector.Text("role"), vector.Bytes("context"));

    /// <summary>One engine of each kind for all vectors.</summary>
    public sealed class Engines : IDisposable
    {
        private readonly GoldenEngine _live = new(simulated: false);
        private readonly GoldenEngine _test = new(simulated: true);

        internal GoldenEngine Of(bool test) => test ? _test : _live;

        public void Dispose()
        {
            _live.Dispose();
            _test.Dispose();
        }
    }
}
