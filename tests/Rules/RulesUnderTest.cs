using System.Buffers;
using System.Text;

namespace E3.Relay.Rules.Tests;

/// <summary>Rule files, requests and bodies in a few words.</summary>
internal static class RulesUnderTest
{
    /// <summary>A file with one rule on all paths.</summary>
    internal static string File(string operations, string match = "path: /**", string more = "") => $$"""
        app: shop
        rules:
          - id: under-test
            match: {{{match}}}
        {{Indent(more, 4)}}
        {{Indent(operations, 4)}}
        """;

    internal static string Encrypt(string selectors, string more = "") => File($$"""
        request:
          - encrypt: {{{selectors}}}
            role: card
        {{Indent(more, 4)}}
        """);

    internal static RuleLoadResult TryLoad(params string[] files) =>
        RuleLoader.Load([.. files.Select((text, i) => new RuleSource($"file{i + 1}.yaml", Encoding.UTF8.GetBytes(text)))]);

    internal static RuleSet Load(params string[] files)
    {
        RuleLoadResult result = TryLoad(files);
        Assert.True(result.Rules is not null, string.Join('\n', result.Problems));
        Assert.Empty(result.Problems);
        return result.Rules;
    }

    internal static RequestTarget Target(string raw)
    {
        Assert.True(RequestTarget.TryParse(raw, "shop.example.com", out RequestTarget? target, out TargetError error), $"{raw}: {error}");
        return target;
    }

    internal static RequestPlan PlanFor(string file, string path = "/x", string method = "POST") => Load(file).Plan(method, "shop.example.com", Target(path));

    internal static BodyPlan JsonPlan(string file, string path = "/x") => Planned(PlanFor(file, path).ForRequest("application/json", true));

    internal static BodyPlan FormPlan(string file, string path = "/x") => Planned(PlanFor(file, path).ForRequest("application/x-www-form-urlencoded", true));

    internal static BodyPlan XmlPlan(string file, string path = "/x") => Planned(PlanFor(file, path).ForRequest("application/xml", true));

    internal static BodyPlan TextPlan(string file, string contentType = "text/plain") => Planned(PlanFor(file).ForRequest(contentType, true));

    internal static BodyPlan JsonResponsePlan(string file, string path = "/x") => Planned(PlanFor(file, path).ForResponse("application/json", true));

    internal static BodyPlan Planned(BodyPlanResult result)
    {
        Assert.Null(result.Refusal);
        Assert.NotNull(result.Plan);
        return result.Plan;
    }

    internal static BodySelection Select(this BodyPlan plan, string body, RuleLimits? limits = null)
    {
        bool selected = plan.TrySelect(Encoding.UTF8.GetBytes(body), limits ?? RuleLimits.Default, FakeTokens.Grammar, out BodySelection selection, out Refusal? refusal);
        Assert.True(selected, refusal?.ToString());
        return selection;
    }

    internal static Refusal Refused(this BodyPlan plan, ReadOnlyMemory<byte> body, RuleLimits? limits = null)
    {
        Assert.False(plan.TrySelect(body, limits ?? RuleLimits.Default, FakeTokens.Grammar, out BodySelection selection, out Refusal? refusal));
        Assert.Throws<ObjectDisposedException>(() => selection.Fields);
        return refusal!;
    }

    internal static Refusal Refused(this BodyPlan plan, string body, RuleLimits? limits = null) => plan.Refused(Encoding.UTF8.GetBytes(body), limits);

    internal static string[] Values(this BodyPlan plan, string body)
    {
        using BodySelection selection = plan.Select(body);
        return [.. selection.Fields.Select(field => Encoding.UTF8.GetString(field.Value.Span))];
    }

    internal static string Write(this BodySelection selection, Func<SelectedField, FieldReplacement> replace)
    {
        ArrayBufferWriter<byte> output = new();
        Assert.True(selection.TryWrite(output, [.. selection.Fields.Select(replace)], out Refusal? refusal), refusal?.ToString());
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    internal static Refusal RefusedToWrite(this BodySelection selection, Func<SelectedField, FieldReplacement> replace)
    {
        ArrayBufferWriter<byte> output = new();
        Assert.False(selection.TryWrite(output, [.. selection.Fields.Select(replace)], out Refusal? refusal));
        Assert.Equal(0, output.WrittenCount);
        return refusal!;
    }

    /// <summary>Selects and writes every value as this one.</summary>
    internal static string Rewrite(this BodyPlan plan, string body, string value, FieldType type = FieldType.String)
    {
        using BodySelection selection = plan.Select(body);
        return selection.Write(_ => Replacement(value, type));
    }

    internal static FieldReplacement Replacement(string value, FieldType type = FieldType.String) => new(true, type, Encoding.UTF8.GetBytes(value));

    private static string Indent(string text, int spaces) =>
        string.Join('\n', text.Split('\n').Where(line => line.Trim().Length > 0).Select(line => new string(' ', spaces) + line));
}
