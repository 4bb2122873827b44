using System.Buffers;
using System.Text;

namespace E3.Relay.Rules.Tests.Bodies;

/// <summary>What selecting from a JSON body and writing it costs in memory beside the output: nothing, once a first body has come.</summary>
public sealed class AllocationTests
{
    private const int Rounds = 10, BodiesInARound = 100;

    [Theory]
    [InlineData("""{"card":{"number":"4242424242424242","cvc":123},"a":[1,2,3]}""")]
    [InlineData("""{"card":{"number":"4242\u002042","cvc":null},"b":"\u00e9"}""")]
    [InlineData("""{"a":1}""")]
    public void Rewrite_Json_AllocatesNothingBesideTheOutput(string body) =>
        Assert.Equal(0, BytesOfABody(RulesUnderTest.JsonPlan(RulesUnderTest.Encrypt("json: [$.card.number, $.card.cvc, $..pan]")), body));

    [Fact]
    public void Rewrite_JsonOf400Bytes_AllocatesNothingBesideTheOutput()
    {
        string start = """{"order":"A-1001","card":{"number":"4242424242424242","holder":"Ada"},"lines":[{"sku":"a-1","quantity":2}],"note":" """.TrimEnd();
        string body = start + new string('x', 400 - start.Length - 2) + "\"}";
        Assert.Equal(400, body.Length);
        Assert.Equal(0, BytesOfABody(RulesUnderTest.JsonPlan(RulesUnderTest.Encrypt("json: [$.card.number]")), body));
    }

    /// <summary>The bytes of the round that allocated least: a collection may empty the pool of arrays at any time.</summary>
    private static long BytesOfABody(BodyPlan plan, string text)
    {
        byte[] body = Encoding.UTF8.GetBytes(text);
        ArrayBufferWriter<byte> output = new(16 * 1024);
        FieldReplacement[] replacements;
        using (BodySelection selection = plan.Select(text))
            replacements = [.. selection.Fields.Select(_ => RulesUnderTest.Replacement("e3.token"))];
        long least = long.MaxValue;
        for (int round = 0; round < Rounds; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < BodiesInARound; i++)
                Rewrite(plan, body, output, replacements);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }

    private static void Rewrite(BodyPlan plan, byte[] body, ArrayBufferWriter<byte> output, FieldReplacement[] replacements)
    {
        output.ResetWrittenCount();
        if (!plan.TrySelect(body, RuleLimits.Default, FakeTokens.Grammar, out BodySelection selection, out Refusal? refusal))
            throw new InvalidOperationException($"{refusal}");
        using (selection)
        {
            if (!selection.TryWrite(output, replacements, out refusal))
                throw new InvalidOperationException($"{refusal}");
        }
    }
}
