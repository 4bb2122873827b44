using System.Text.Json;
using CsCheck;
using E3.Relay.Enclave.Protocol.Messages;
using MessagePack;

namespace E3.Relay.Enclave.Protocol.Tests.Messages;

/// <summary>Every message against its golden bytes: read, written again, cut, extended, changed.</summary>
public sealed class MessageVectorTests
{
    private const string File = "messages.json";

    // Reads a message and returns how to write it again, or null when it is refused.
    private static readonly Dictionary<string, Func<ReadOnlyMemory<byte>, byte[]?>> Again = new()
    {
        ["Hello"] = bytes => Wire.TryRead(bytes, Hello.Read, out Hello message) ? Wire.Write(message.Write) : null,
        ["HelloAnswer"] = bytes => Wire.TryRead(bytes, HelloAnswer.Read, out HelloAnswer message) ? Wire.Write(message.Write) : null,
        ["Evidence"] = bytes => Wire.TryRead(bytes, Evidence.Read, out Evidence message) ? Wire.Write(message.Write) : null,
        ["AttestationStatement"] = bytes => Wire.TryRead(bytes, AttestationStatement.Read, out AttestationStatement message) ? Wire.Write(message.Write) : null,
        ["CreatedRoot"] = bytes => Wire.TryRead(bytes, CreatedRoot.Read, out CreatedRoot message) ? Wire.Write(message.Write) : null,
        ["UnsealRoot"] = bytes => Wire.TryRead(bytes, UnsealRoot.Read, out UnsealRoot message) ? Wire.Write(message.Write) : null,
        ["Checksum"] = bytes => Wire.TryRead(bytes, Checksum.Read, out Checksum message) ? Wire.Write(message.Write) : null,
        ["Entries"] = bytes => Wire.TryRead(bytes, Entries.Read, out ReadOnlyMemory<byte>[] message) ? Wire.Write((ref MessagePackWriter writer) => Entries.Write(ref writer, message)) : null,
        ["KeyRequest"] = bytes => Wire.TryRead(bytes, KeyRequest.Read, out KeyRequest[] message) ? Wire.Write((ref MessagePackWriter writer) => KeyRequest.Write(ref writer, message)) : null,
        ["KeyDescription"] = bytes => Wire.TryRead(bytes, KeyDescription.Read, out KeyDescription[] message)
            ? Wire.Write((ref MessagePackWriter writer) => KeyDescription.Write(ref writer, message))
            : null,
        ["StartStream"] = bytes => Wire.TryRead(bytes, StartStream.Read, out StartStream message) ? Wire.Write(message.Write) : null,
        ["ContinueStream"] = bytes => Wire.TryRead(bytes, ContinueStream.Read, out ContinueStream message) ? Wire.Write(message.Write) : null,
        ["ContinueStream, drop"] = bytes => Wire.TryRead(bytes, ContinueStream.Read, out ContinueStream message) ? Wire.Write(message.Write) : null,
        ["TransformGroup"] = bytes => Wire.TryRead(bytes, ReadGroup, out TransformGroup message) ? Wire.Write(message.Write) : null,
        ["TransformGroup, preserve"] = bytes => Wire.TryRead(bytes, ReadGroup, out TransformGroup message) ? Wire.Write(message.Write) : null,
        ["TransformResult"] = bytes => Wire.TryRead(bytes, ReadResults, out TransformResult[] message) ? Wire.Write((ref MessagePackWriter writer) => WriteResults(ref writer, message)) : null,
    };

    public static TheoryData<string> Messages => Vectors.Names(File, "messages");

    [Fact]
    public void Messages_OfThisTest_AreThoseOfTheFile() => Assert.Equal(Messages.Select(row => row.Data).Order(), Again.Keys.Order());

    [Theory]
    [MemberData(nameof(Messages))]
    public void Message_Golden_ReadsAndWritesTheSame(string name) => Assert.Equal(Golden(name), Again[name](Golden(name)));

    [Theory]
    [MemberData(nameof(Messages))]
    public void Message_OfAnyTruncationOrWithBytesBehindIt_IsRefused(string name)
    {
        byte[] bytes = Golden(name);
        for (int length = 0; length < bytes.Length; length++)
            Assert.Null(Again[name](bytes.AsMemory(0, length)));
        Assert.Null(Again[name](new byte[][] { bytes, [0xC0] }.SelectMany(part => part).ToArray()));
    }

    [Theory]
    [MemberData(nameof(Messages))]
    public void Message_OfAnotherArraySize_IsRefused(string name)
    {
        byte[] bytes = [.. Golden(name), 0x01];
        bytes[0]++;
        Assert.Null(Again[name](bytes));
        bytes[0] -= 2;
        Assert.Null(Again[name](bytes.AsMemory(0, bytes.Length - 1)));
    }

    [Theory]
    [MemberData(nameof(Messages))]
    public void Message_OfRandomOrChangedBytes_NeverThrows_AndReadsWhatItWrites(string name)
    {
        byte[] golden = Golden(name);
        Gen<byte[]> changed = Gen.Select(Gen.Int[0, golden.Length - 1], Gen.Byte).Select((position, value) =>
        {
            byte[] copy = [.. golden];
            copy[position] = value;
            return copy;
        });
        Gen.OneOf(changed, Gen.Byte.Array[0, 100]).Sample(
            bytes =>
            {
                if (Again[name](bytes) is { } written)
                    Assert.Equal(written, Again[name](written));
            },
            iter: 2000);
    }

    [Fact]
    public void UserData_OfTheGoldenStatement_IsGolden()
    {
        JsonElement vector = Vectors.Find(File, "userData", Vectors.Names(File, "userData", "tlsSpki").Single().Data, "tlsSpki");
        Assert.True(Wire.TryRead(Golden("AttestationStatement"), AttestationStatement.Read, out AttestationStatement statement));
        Assert.Equal(vector.Bytes("userData"), statement.UserData(vector.Bytes("tlsSpki")));
    }

    [Fact]
    public void UserData_OfAnyChange_IsAnother()
    {
        byte[] golden = Golden("AttestationStatement"), key = new byte[91];
        Assert.True(Wire.TryRead(golden, AttestationStatement.Read, out AttestationStatement statement));
        HashSet<string> seen = [Convert.ToHexString(statement.UserData(key)), Convert.ToHexString(statement.UserData(key.AsSpan(1)))];
        Assert.True(seen.Add(Convert.ToHexString((statement with { ChainLength = 4 }).UserData(key))));
        Assert.True(seen.Add(Convert.ToHexString((statement with { FleetId = new byte[16] }).UserData(key))));
        Assert.True(seen.Add(Convert.ToHexString((statement with { RootCommitment = new byte[32] }).UserData(key))));
        Assert.True(seen.Add(Convert.ToHexString((statement with { ChainHead = new byte[32] }).UserData(key))));
        Assert.True(seen.Add(Convert.ToHexString((statement with { PublicKeysDigest = new byte[32] }).UserData(key))));
        Assert.Equal(7, seen.Count);
    }

    private static byte[] Golden(string name) => Vectors.Find(File, "messages", name).Bytes("message");

    private static TransformGroup ReadGroup(ref MessagePackReader reader)
    {
        TransformGroup header = TransformGroup.ReadHeader(ref reader, out int count);
        var items = new List<TransformItem>();
        for (int i = 0; i < count; i++)
            items.Add(new((DataType)reader.ReadByte(), Wire.ReadBytes(ref reader, ProtocolLimits.FieldBytesMax)));
        return new()
        {
            Operation = header.Operation,
            App = header.App,
            Role = header.Role,
            Context = header.Context,
            KeepFirst = header.KeepFirst,
            KeepLast = header.KeepLast,
            MaskWith = header.MaskWith,
            Alphabet = header.Alphabet,
            Luhn = header.Luhn,
            KeyVersion = header.KeyVersion,
            Items = items,
        };
    }

    private static TransformResult[] ReadResults(ref MessagePackReader reader)
    {
        var results = new TransformResult[2];
        TransformResult.ReadGroup(ref reader, results);
        return results;
    }

    private static void WriteResults(ref MessagePackWriter writer, TransformResult[] results)
    {
        writer.WriteArrayHeader(results.Length);
        foreach (TransformResult result in results)
        {
            writer.WriteArrayHeader(3);
            writer.Write((ushort)result.Code);
            writer.Write((byte)result.Type);
            writer.Write(result.Value.Span);
        }
    }
}
