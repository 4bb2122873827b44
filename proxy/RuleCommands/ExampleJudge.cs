using System.Text;
using E3.Relay.Proxy.Pipeline;
using E3.Relay.Rules;
using E3.Relay.Rules.Examples;

namespace E3.Relay.Proxy.RuleCommands;

/// <summary>Compares what became of a message with what its example expects.</summary>
internal sealed class ExampleJudge(RuleExample example, DryRunCipher cipher)
{
    /// <summary>What is not as expected, in lines for people.</summary>
    public IEnumerable<string> Judge(DryRunResult result)
    {
        ExampleExpectation expect = example.Expect;
        if (result.Error is { } error)
            return JudgeRefusal(error);
        if (expect.ExpectsRefusal)
            return [$"expected the refusal {Words(expect.Status, expect.Code)}, and the message passes", $"  {ExampleRunner.Show(result.After, cipher)}"];
        List<string> failures = [];
        int status = example.Receive?.Status ?? 200;
        if (expect.Status is { } wanted && wanted != status)
            failures.Add($"expected status {wanted}, and it is {status}");
        foreach (ExpectedField field in expect.Fields)
            failures.AddRange(Judge(field, result));
        if (expect.Body is { } body)
            failures.AddRange(JudgeBody(body, result));
        return failures;
    }

    private IEnumerable<string> JudgeRefusal(RelayError error)
    {
        ExampleExpectation expect = example.Expect;
        string found = Words(error.Status, error.Code) + (error.RuleId is null ? "" : $" of rule '{error.RuleId}'");
        if (!expect.ExpectsRefusal)
            yield return $"the message is refused: {found}";
        else if ((expect.Status ?? error.Status) != error.Status || (expect.Code ?? error.Code) != error.Code)
            yield return $"expected the refusal {Words(expect.Status, expect.Code)}, and it is {found}";
    }

    private static string Words(int? status, string? code) => string.Join(' ', new[] { status?.ToString(System.Globalization.CultureInfo.InvariantCulture), code }.OfType<string>());

    private IEnumerable<string> JudgeBody(ExampleText expected, DryRunResult result)
    {
        string wanted = Shown(expected), found = ExampleRunner.Show(result.After, cipher);
        return wanted == found ? [] : ["the body is another:", .. LineDiff.Compare(wanted, found).Where(line => line.Mark != ' ').Select(line => $"  {line.Mark} {line.Text}"), "  (- expected, + found)"];
    }

    private IEnumerable<string> Judge(ExpectedField expected, DryRunResult result) =>
        HeadFields.Places.Contains(expected.Place) ? JudgeHead(expected, result) : JudgeBodyField(expected, result);

    private IEnumerable<string> JudgeHead(ExpectedField expected, DryRunResult result)
    {
        string at = $"{expected.Place} {expected.Selector}";
        string[] values = [.. HeadFields.Of(expected.Place, result, example.Receive is not null)
            .Where(field => HeadFields.IsNamed(expected.Selector, field.Name)).Select(field => ExampleRunner.Show(Encoding.UTF8.GetBytes(field.Value), cipher))];
        if (expected.Outcome == FieldOutcome.Absent)
            return values.Length == 0 ? [] : [$"{at}: expected absent, and it is there"];
        if (values.Length == 0)
            return [$"{at}: expected {expected.Value ?? Word(expected.Outcome)}, and it selects nothing"];
        string wanted = Shown(ExampleText.Parse(expected.Value ?? ""));
        if (expected.Outcome == FieldOutcome.Equals)
            return values.Where(value => value != wanted).Select(value => $"{at}: expected {wanted}, and it is {value}");
        FieldOutcome[] found = [.. result.Fields.Where(field => field.Place.Part == expected.Place && HeadFields.IsNamed(expected.Selector, field.Place.Name)).Select(OutcomeOf).Distinct()];
        return Compare(at, expected.Outcome, found.Length == 0 ? [FieldOutcome.Unchanged] : found);
    }

    private static IEnumerable<string> Compare(string at, FieldOutcome expected, FieldOutcome[] found) =>
        found is [var only] && only == expected ? [] : [$"{at}: expected {Word(expected)}, and it is {string.Join(" and ", found.Select(Word))}"];

    private IEnumerable<string> JudgeBodyField(ExpectedField expected, DryRunResult result)
    {
        SelectorProbe probe = SelectorProbe.For(expected.Place, expected.Selector, example, (example.Receive ?? example.Send)?.ContentType);
        IReadOnlyList<ProbedField>? after = probe.Select(result.After);
        if (expected.Outcome == FieldOutcome.Absent)
            return after is null ? [] : [$"{expected.Selector}: expected absent, and it is there"];
        if (expected.Outcome == FieldOutcome.Equals)
            return JudgeValue(expected, after);
        if (probe.Select(result.Before) is not { } before)
            return [$"{expected.Selector}: expected {Word(expected.Outcome)}, and it selects nothing"];
        FieldOutcome[] found = before.Count == 0 ? [FieldOutcome.Unchanged] : [.. before.Select(field => OutcomeOf(field, result.Fields)).Distinct()];
        return Compare(expected.Selector, expected.Outcome, found);
    }

    private IEnumerable<string> JudgeValue(ExpectedField expected, IReadOnlyList<ProbedField>? after)
    {
        if (after is null or { Count: 0 })
            return [$"{expected.Selector}: expected {expected.Value}, and {(after is null ? "it selects nothing" : "it is null or empty")}"];
        string wanted = Shown(ExampleText.Parse(expected.Value ?? ""));
        return after.Select(field => (Text: ExampleRunner.Show(Encoding.UTF8.GetBytes(field.Text), cipher), field.Type))
            .Where(field => field.Text != wanted || (field.Type != FieldType.String && !expected.ValueIsPlain))
            .Select(field => $"{expected.Selector}: expected {wanted}, and it is {field.Text}{(field.Text == wanted ? $" of type {Word(field.Type)}; write it without quotes" : "")}");
    }

    /// <summary>Tokens are compared by what they hold: no two runs make the same.</summary>
    private string Shown(ExampleText text) => ExampleRunner.Show(ExampleRunner.Render(text, cipher, []), cipher);

    private static string Word<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();

    /// <summary>What was done where the field stands. An operation may have taken the object around it as a whole, or a token inside of it.</summary>
    private static FieldOutcome OutcomeOf(ProbedField field, IReadOnlyList<TracedField> traced)
    {
        TracedField? by = traced.FirstOrDefault(trace =>
            trace.Place is { Part: "body" } place && place.Bytes.Start.Value < field.Place.End.Value && field.Place.Start.Value < place.Bytes.End.Value);
        return by is null ? FieldOutcome.Unchanged : OutcomeOf(by);
    }

    private static FieldOutcome OutcomeOf(TracedField field) => field.NewValue is null ? FieldOutcome.Unchanged : OutcomeOf(field.Operation);

    private static FieldOutcome OutcomeOf(FieldOperation operation) => operation.Action switch
    {
        FieldAction.Encrypt => operation.Preserve is null ? FieldOutcome.Encrypted : FieldOutcome.Preserved,
        FieldAction.Decrypt => FieldOutcome.Decrypted,
        FieldAction.Mask => FieldOutcome.Masked,
        FieldAction.Rewrap => FieldOutcome.Rewrapped,
        FieldAction.Hash => FieldOutcome.Hashed,
        FieldAction.Redact => FieldOutcome.Redacted,
        _ => FieldOutcome.Unchanged,
    };
}
