using System.Formats.Cbor;
using System.Security.Cryptography;
using CsCheck;
using E3.Relay.Enclave.Client.Attestation;
using E3.Relay.Helper.Nsm;

namespace E3.Relay.Helper.Tests.Nsm;

public sealed class SimulatedNsmTests : IDisposable
{
    private readonly FakeFleet _fleet = new();
    private readonly SimulatedNsm _module;

    public SimulatedNsmTests() => _module = _fleet.CreateModule();

    public void Dispose()
    {
        _module.Dispose();
        _fleet.Dispose();
    }

    [Fact]
    public void DescribeNsm_Asked_TellsTheModule()
    {
        CborReader reader = Answer("DescribeNSM", Text("DescribeNSM"));
        var fields = ReadMap(reader);
        Assert.Equal(["digest", "locked_pcrs", "max_pcrs", "module_id", "version_major", "version_minor", "version_patch"], fields.Keys.Order());
        Assert.Equal(32, new CborReader(fields["max_pcrs"]).ReadInt32());
        var locked = new CborReader(fields["locked_pcrs"]);
        Assert.Equal(16, locked.ReadStartArray());
        for (int index = 0; index < 16; index++)
            Assert.Equal(index, locked.ReadInt32());
    }

    [Fact]
    public void GetRandom_AskedTwice_GivesOther256Bytes()
    {
        byte[] first = Bytes("GetRandom", "random", Text("GetRandom")), second = Bytes("GetRandom", "random", Text("GetRandom"));
        Assert.Equal(256, first.Length);
        Assert.NotEqual(first, second);
    }

    [Fact]
    public void Pcr_Extended_IsHashOfOldAndData()
    {
        byte[] data = [1, 2, 3];
        byte[] expected = SHA384.HashData([.. new byte[48], .. data]);
        Assert.Equal(expected, Bytes("ExtendPCR", "data", Request("ExtendPCR", ("index", 16), ("data", data))));
        var fields = ReadMap(Answer("DescribePCR", Request("DescribePCR", ("index", 16))));
        Assert.Equal(expected, new CborReader(fields["data"]).ReadByteString());
        Assert.False(new CborReader(fields["lock"]).ReadBoolean());
    }

    [Fact]
    public void Pcr_LockedOrOutOfRange_IsRefused()
    {
        Assert.Equal("ReadOnlyIndex", Error(Request("ExtendPCR", ("index", 0), ("data", new byte[1]))));
        Assert.Equal("InvalidIndex", Error(Request("ExtendPCR", ("index", 32), ("data", new byte[1]))));
        Assert.Equal("InvalidIndex", Error(Request("DescribePCR", ("index", 32))));
        Assert.Equal("InvalidArgument", Error(Request("DescribePCR", ("index", -1))));
        Assert.Equal("InvalidArgument", Error(Request("ExtendPCR", ("index", 16))));
        Assert.Equal("LockPCR", new CborReader(_module.Answer(Request("LockPCR", ("index", 17)))).ReadTextString());
        Assert.Equal("ReadOnlyIndex", Error(Request("LockPCR", ("index", 17))));
        Assert.Equal("ReadOnlyIndex", Error(Request("ExtendPCR", ("index", 17), ("data", new byte[1]))));
        Assert.Equal("LockPCRs", new CborReader(_module.Answer(Request("LockPCRs", ("range", 20)))).ReadTextString());
        Assert.Equal("ReadOnlyIndex", Error(Request("ExtendPCR", ("index", 19), ("data", new byte[1]))));
        Assert.Equal("InvalidArgument", Error(Request("LockPCRs", ("range", 33))));
    }

    [Fact]
    public void Attestation_Asked_IsAcceptedByTheVerifier()
    {
        byte[] nonce = RandomNumberGenerator.GetBytes(32), userData = RandomNumberGenerator.GetBytes(32), publicKey = RandomNumberGenerator.GetBytes(1024);
        byte[] bytes = Bytes("Attestation", "document", Request("Attestation", ("user_data", userData), ("nonce", nonce), ("public_key", publicKey)));

        Assert.Equal(AttestationError.None, Verify(bytes, out AttestationDocument document));
        Assert.True(document.Root.IsSimulated);
        Assert.Equal(nonce, document.Nonce!.Value.ToArray());
        Assert.Equal(userData, document.UserData!.Value.ToArray());
        Assert.Equal(publicKey, document.PublicKey!.Value.ToArray());
        Assert.Equal(_fleet.Measurement.Pcr0, document.Pcr(0)!.Value.ToArray());
        Assert.Equal(_fleet.Measurement.Pcr2, document.Pcr(2)!.Value.ToArray());
        Assert.Null(document.Pcr(16));
        Assert.Equal(AttestationError.ChainUntrusted, AttestationVerifier.VerifyDocument(bytes, [AttestationRoot.AwsNitro], _fleet.Now, out _));
    }

    [Fact]
    public void Attestation_ExtendedAndLockedPcr_IsInTheDocument()
    {
        byte[] extended = Bytes("ExtendPCR", "data", Request("ExtendPCR", ("index", 16), ("data", new byte[48])));
        _module.Answer(Request("LockPCR", ("index", 16)));
        Assert.Equal(AttestationError.None, Verify(Bytes("Attestation", "document", Request("Attestation", ("nonce", null))), out AttestationDocument document));
        Assert.Equal(extended, document.Pcr(16)!.Value.ToArray());
        Assert.Null(document.Nonce);
    }

    [Fact]
    public void Attestation_HoursLater_HasAFreshCertificate()
    {
        _fleet.Time.Advance(TimeSpan.FromHours(30));
        Assert.Equal(AttestationError.None, Verify(Bytes("Attestation", "document", Request("Attestation", ("nonce", new byte[32]))), out _));
    }

    [Theory]
    [InlineData("user_data", 513)]
    [InlineData("nonce", 513)]
    [InlineData("public_key", 1025)]
    public void Attestation_FieldOverLimit_IsTooLarge(string field, int bytes) => Assert.Equal("InputTooLarge", Error(Request("Attestation", (field, new byte[bytes]))));

    [Fact]
    public void Request_UnknownOrMalformed_IsAnError()
    {
        Assert.Equal("InvalidOperation", Error(Text("Reboot")));
        Assert.Equal("InvalidOperation", Error(Request("Reboot", ("index", 1))));
        Assert.Equal("InvalidArgument", Error(Request("DescribePCR", ("address", 1))));
        Assert.Equal("InvalidArgument", Error([]));
        Assert.Equal("InvalidArgument", Error([.. Request("LockPCR", ("index", 20)), 0]));
        Assert.Equal("InputTooLarge", Error(new byte[0x1001]));
    }

    [Fact]
    public void Request_AnyBytes_HasAnAnswer() => Gen.Byte.Array[0, 200].Sample(request => _module.Answer(request).Length > 0, iter: 5000);

    private static byte[] Text(string text)
    {
        var writer = new CborWriter();
        writer.WriteTextString(text);
        return writer.Encode();
    }

    private static byte[] Request(string name, params (string Name, object? Value)[] arguments)
    {
        var writer = new CborWriter();
        writer.WriteStartMap(1);
        writer.WriteTextString(name);
        writer.WriteStartMap(arguments.Length);
        foreach ((string argument, object? value) in arguments)
        {
            writer.WriteTextString(argument);
            if (value is byte[] bytes)
                writer.WriteByteString(bytes);
            else if (value is int number)
                writer.WriteInt32(number);
            else
                writer.WriteNull();
        }

        writer.WriteEndMap();
        writer.WriteEndMap();
        return writer.Encode();
    }

    private CborReader Answer(string name, byte[] request)
    {
        var reader = new CborReader(_module.Answer(request), CborConformanceMode.Strict);
        Assert.Equal(1, reader.ReadStartMap());
        Assert.Equal(name, reader.ReadTextString());
        return reader;
    }

    private byte[] Bytes(string name, string field, byte[] request) => new CborReader(ReadMap(Answer(name, request))[field]).ReadByteString();

    private string Error(byte[] request) => Answer("Error", request).ReadTextString();

    private AttestationError Verify(byte[] bytes, out AttestationDocument document) =>
        AttestationVerifier.VerifyDocument(bytes, [AttestationRoot.Simulated(_fleet.Root.Certificate)], _fleet.Now, out document);

    private static Dictionary<string, ReadOnlyMemory<byte>> ReadMap(CborReader reader)
    {
        var fields = new Dictionary<string, ReadOnlyMemory<byte>>();
        reader.ReadStartMap();
        while (reader.PeekState() != CborReaderState.EndMap)
            fields.Add(reader.ReadTextString(), reader.ReadEncodedValue());
        reader.ReadEndMap();
        return fields;
    }
}
