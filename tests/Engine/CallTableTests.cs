using System.Globalization;
using System.Text.RegularExpressions;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Documents;
using E3.Relay.Enclave.Protocol.Messages;
using E3.Relay.Testing;
using MessagePack;

namespace E3.Relay.Enclave.Engine.Tests;

/// <summary>The table of calls in <c>docs/spec/rpc.md</c>, section 5: number, kind and phase of each, against the engine in every phase.</summary>
public sealed partial class CallTableTests
{
    private static readonly byte[] NoMessage = [0xc1];

    private static readonly (CallType Call, string Kind, string Phases)[] Table = [.. Row().Matches(File.ReadAllText(Repository.PathOf("docs", "spec", "rpc.md")))
        .Select(static row => (Enum.Parse<CallType>(row.Groups[1].Value), Number: byte.Parse(row.Groups[2].Value, CultureInfo.InvariantCulture), Kind: row.Groups[3].Value, Phases: row.Groups[4].Value))
        .Select(static row => (byte)row.Item1 == row.Number ? (row.Item1, row.Kind, row.Phases) : throw new InvalidOperationException($"{row.Item1} has another number"))];

    [Fact]
    public void Table_NamesEveryCall() => Assert.Equal(Enum.GetValues<CallType>(), Table.Select(static row => row.Call));

    [Theory]
    [InlineData(EnginePhase.Booting)]
    [InlineData(EnginePhase.Unsealed)]
    [InlineData(EnginePhase.Loaded)]
    [InlineData(EnginePhase.Ready)]
    [InlineData(EnginePhase.Failed)]
    public void Call_InAPhase_IsJudgedAsTheTableSays(EnginePhase phase)
    {
        using EngineHarness ready = EngineHarness.Ready();
        using EngineHarness harness = In(phase, ready);
        using HarnessSession helper = harness.Open(), application = harness.Open(new GrantedOperation(TransformOperation.Encrypt));
        Assert.Equal(phase, harness.Engine.Phase);
        foreach ((CallType call, string kind, string phases) in Table.Where(static row => row.Call != CallType.Hello))
        {
            foreach (HarnessSession session in (HarnessSession[])[helper, application])
            {
                bool isItsKind = kind == "both" || (kind == "helper") == (session == helper);
                bool isLegal = phases == "not Failed" ? phase != EnginePhase.Failed : phases.Split(", ").Contains(phase.ToString());
                ErrorCode expected = !isItsKind ? ErrorCode.CallNotGranted : isLegal ? ErrorCode.MessageMalformed : phase == EnginePhase.Failed ? ErrorCode.EngineFailed : ErrorCode.PhaseInvalid;
                Assert.Equal((call, expected), (call, session.Send(session.Caller.Frame(call, NoMessage)).Code));
            }
        }

        Assert.Equal(phase, harness.Engine.Phase);
    }

    private static EngineHarness In(EnginePhase phase, EngineHarness ready)
    {
        if (phase == EnginePhase.Booting)
            return new EngineHarness(ready.Fleet);
        EngineHarness harness = ready.Restart(ready: phase == EnginePhase.Ready);
        using HarnessSession helper = harness.Open();
        if (phase == EnginePhase.Loaded)
            helper.Call(CallType.LoadState, (ref MessagePackWriter writer) => Entries.Write(ref writer, ready.Stored));
        if (phase == EnginePhase.Failed)
            Assert.Equal(ErrorCode.ChecksumMismatch, helper.TryCall(CallType.SetReady, new Checksum(7, new byte[32]).Write));
        return harness;
    }

    [GeneratedRegex(@"^\| (\w+) \| (\d+) \| (both|helper|application) \| ([\w ,]+) \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
