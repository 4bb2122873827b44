using System.Buffers;
using System.Text;

namespace E3.Relay.Rules.Tests.Bodies;

/// <summary>What is held for a body beside its bytes is told to whoever counts memory, and given back.</summary>
public sealed class WorkingMemoryTests
{
    private static readonly string Elements = string.Concat(Enumerable.Repeat("<b/>x", 50_000));
    private static readonly string Numbers = string.Join(',', Enumerable.Repeat("1", 50_000));
    private static readonly string Escaped = string.Concat(Enumerable.Repeat("\\n", 100_000));

    public static TheoryData<string, string, string, long> Bodies => new()
    {
        { "xml: [\"//number[1]\"]", "application/xml", $"<o>{Elements}<number>1</number></o>", 100_000 * 36 },
        { "text: ['(?<value>secret)']", "text/plain", new string('x', 300_000) + " secret", 600_000 },
        { "json: [\"$[?@ == 2]\"]", "application/json", $"[{Numbers},2]", 50_000 * 20 },
        { "json: [$.a]", "application/json", $"{{\"a\":\"{Escaped}\"}}", 200_000 },
    };

    [Theory]
    [MemberData(nameof(Bodies))]
    public void TrySelect_Body_CountsWhatItHoldsUntilItIsGivenBack(string selectors, string type, string body, long bytesMin)
    {
        Counter memory = new();
        BodyPlan plan = RulesUnderTest.Planned(RulesUnderTest.PlanFor(RulesUnderTest.Encrypt(selectors)).ForRequest(type, true));
        for (int i = 1; i <= 2; i++)
        {
            plan.Select(body, RuleLimits.Default with { Memory = memory }).Dispose();
            Assert.InRange(memory.Most, bytesMin, 20L << 20);
            Assert.Equal(0, memory.Held);
        }
    }

    [Fact]
    public void TrySelect_BodyThatIsRefused_GivesBackWhatItHeld()
    {
        Counter memory = new();
        BodyPlan plan = RulesUnderTest.XmlPlan(RulesUnderTest.Encrypt("xml: [\"//number[1]\"]"));
        plan.Refused($"<o>{Elements}<number>1</number>", RuleLimits.Default with { Memory = memory });
        Assert.InRange(memory.Most, 100_000, 20L << 20);
        Assert.Equal(0, memory.Held);
    }

    /// <summary>An object with very many members under a wildcard, and a long array behind them, in parts.</summary>
    [Fact]
    public void Stream_VeryManyMembers_AreCountedAndCopiedSeldom()
    {
        Counter memory = new();
        BodyPlan plan = RulesUnderTest.JsonPlan(RulesUnderTest.Encrypt("json: [\"$.*.pan\"]"));
        byte[] members = Encoding.UTF8.GetBytes("{" + string.Concat(Enumerable.Range(0, 80_000).Select(static i => $"\"{i:x5}\":0,")) + "\"z\":[0");
        byte[] zeros = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(",0", 35_000)));
        using (BodyStream stream = plan.OpenStream(RuleLimits.Default with { Memory = memory }, FakeTokens.Grammar)!)
        {
            ArrayBufferWriter<byte> held = new();
            Pass(stream, held, members);
            Assert.InRange(memory.Held, 80_000 * 48, 20L << 20);
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 100; i++)
                Pass(stream, held, zeros);
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 80L << 20);
        }

        Assert.Equal(0, memory.Held);
    }

    /// <summary>Members of objects that have ended are forgotten, those without a name too.</summary>
    [Fact]
    public void Stream_VeryManyObjects_HoldsNoMoreThanAPart()
    {
        Counter memory = new();
        BodyPlan plan = RulesUnderTest.JsonPlan(RulesUnderTest.Encrypt("json: [\"$[*].*.x\"]"));
        byte[] objects = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("{\"\":0},", 10_000)));
        using (BodyStream stream = plan.OpenStream(RuleLimits.Default with { Memory = memory }, FakeTokens.Grammar)!)
        {
            ArrayBufferWriter<byte> held = new();
            Pass(stream, held, "["u8.ToArray());
            for (int i = 0; i < 50; i++)
                Pass(stream, held, objects);
            Assert.InRange(memory.Most, 1, 4L << 20);
        }

        Assert.Equal(0, memory.Held);
    }

    private static void Pass(BodyStream stream, ArrayBufferWriter<byte> held, byte[] piece)
    {
        held.Write(piece);
        bool isFull = true;
        while (isFull)
        {
            Assert.True(stream.TryRead(held.WrittenMemory, false));
            isFull = stream.IsFull;
            Assert.Null(StreamDriver.Cut(stream, held, null));
        }
    }

    private sealed class Counter : IWorkingMemory
    {
        public long Held { get; private set; }

        public long Most { get; private set; }

        public void Count(long bytes) => (Held, Most) = (Held + bytes, Math.Max(Most, Held + bytes));
    }
}
