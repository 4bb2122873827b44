using System.Text;
using E3.Relay.Benchmarks.Running;
using E3.Relay.Rules;

namespace E3.Relay.Benchmarks.Rules;

/// <summary>Forms of 1 MiB in fields of 64 bytes, of which 1 % is selected, against a loop that does nothing but find where names and values end.</summary>
internal static class FormGoals
{
    private const int FieldBytes = 64;
    private const int SelectedEach = 100;
    private const double Goal = 0.5;

    public static IEnumerable<RuleGoal> All()
    {
        byte[] plain = Form("Shipment+to+the+usual+place".Replace('+', '-')), escaped = Form("Shipment+to%20the%20usual+place");
        Side rewrite = Rewrite("form, selected from and written", plain);
        yield return new("form", Goal, rewrite, Split(plain));
        yield return new("form.select", Goal, WorkSide.Of("form, selected from", Editor(plain, "card_number"), 1), Split(plain));
        yield return new("form.20-selectors", null, WorkSide.Of("form, 20 selectors", Editor(plain, Names(20)), 1), Split(plain));
        yield return new("form.escaped", null, Rewrite("form with escapes, selected from and written", escaped), Split(escaped));
    }

    private static Side Rewrite(string name, byte[] body)
    {
        BodyRewrite rewrite = Checked(body, "card_number");
        return WorkSide.Of(name, _ => rewrite.Run());
    }

    private static Action<int> Editor(byte[] body, string names)
    {
        BodyRewrite rewrite = Checked(body, names);
        return _ => rewrite.SelectAlone();
    }

    private static BodyRewrite Checked(byte[] body, string names)
    {
        BodyRewrite rewrite = new(RuleFiles.BodyPlan($"form: [{names}]", "application/x-www-form-urlencoded"), body);
        int expected = (body.Length / FieldBytes / SelectedEach) + 1;
        return rewrite.Count() == expected ? rewrite : throw new InvalidOperationException($"{rewrite.Count()} fields are selected, not {expected}.");
    }

    private static string Names(int count) => string.Join(", ", Enumerable.Range(0, count - 1).Select(i => $"other_name_{i}").Append("card_number"));

    private static byte[] Form(string words)
    {
        StringBuilder text = new(RuleLimits.Default.BodyBytesMax);
        for (int i = 0; text.Length + FieldBytes <= RuleLimits.Default.BodyBytesMax; i++)
        {
            string field = i % SelectedEach == 0 ? "card_number=" : $"field_{i}=";
            while (field.Length < FieldBytes - 1 - words.Length)
                field += words;
            text.Append(field.PadRight(FieldBytes - 1, 'x')).Append('&');
        }

        return Encoding.ASCII.GetBytes(text.ToString());
    }

    private static Side Split(byte[] body)
    {
        int seen = 0;
        return WorkSide.Of("a loop of IndexOf", _ => seen ^= FindEnds(body));
    }

    private static int FindEnds(ReadOnlySpan<byte> body)
    {
        int values = 0;
        while (!body.IsEmpty)
        {
            int length = body.IndexOf((byte)'&');
            ReadOnlySpan<byte> field = length < 0 ? body : body[..length];
            values += field.Length - field.IndexOf((byte)'=');
            body = length < 0 ? default : body[(length + 1)..];
        }

        return values;
    }
}
