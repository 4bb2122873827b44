namespace E3.Relay.Rules.Tests.Documents;

/// <summary>What stands beside an operation: what it may be, and what cannot stand together.</summary>
public sealed class OperationReaderTests
{
    private static string Rule(string operation, string direction = "request", string more = "") => RulesUnderTest.File($"{direction}: [{{{operation}}}]", more: more);

    [Theory]
    [InlineData("/orders/*", "path:3", false)]
    [InlineData("/orders/*", "path:2", true)]
    [InlineData("/orders/**", "path:3", true)]
    public void Load_BoundSegmentThatNoPathHas_IsRefused(string path, string bind, bool loads)
    {
        string file = RulesUnderTest.File($"response:\n  - decrypt: {{json: [$.a]}}\n    role: card\n    bind: ['{bind}']", $"path: '{path}'");
        Assert.Equal(loads ? [] : [RuleProblemCode.InvalidValue], RulesUnderTest.TryLoad(file).Problems.Select(problem => problem.Code));
    }

    [Theory]
    [InlineData("encrypt: {json: [$.a]}, role: r, deterministic: true")]
    [InlineData("encrypt: {json: [$.a]}, role: r, deterministic: true, whole: true, bind: ['path:1']")]
    [InlineData("encrypt: {json: [$.a], form: [a]}, role: r, preserve: {alphabet: digits, first: 6, last: 4, luhn: true, key: 1}")]
    [InlineData("encrypt: {json: [$.a]}, role: r, preserve: {alphabet: alphanumeric, key: 12}, incoming: refuse, encryptEmpty: false")]
    [InlineData("decrypt: {json: [$.a]}, role: r, preserve: {alphabet: lower, key: 1}")]
    [InlineData("decrypt: {json: [$.a]}, role: r, for: {scope: a}")]
    [InlineData("decrypt: {json: [$.a]}, role: r, for: {scope: [a, b], 'urn:tenant': x}, else: {mask: {first: 1, last: 2, with: '#'}}")]
    [InlineData("decrypt: {json: [$.a]}, role: r, for: {sub: 'a b'}, else: {redact: {}}")]
    [InlineData("decrypt: {json: [$.a]}, role: r, for: {scope: a}, else: {redact: {with: gone}}")]
    [InlineData("decrypt: {json: [$.a]}, role: r, for: {scope: a}, else: leave")]
    [InlineData("decrypt: {json: [$.a]}, role: r, for: {scope: a}, else: refuse")]
    [InlineData("mask: {json: [$.a], last: 4}, role: r, for: {scope: a}, else: {redact: {}}")]
    [InlineData("mask: {json: [$.a], with: '#'}, role: r")]
    [InlineData("mask: {json: [$.a], with: X}, role: r")]
    [InlineData("mask: {json: [$.a], with: '•'}, role: r")]
    [InlineData("mask: {json: [$.a], with: '🂠'}, role: r")]
    [InlineData("rewrap: {json: [$.a]}, role: r, strict: true, bind: ['claim:sub']")]
    [InlineData("hash: {json: [$.a]}, role: r, bind: ['claim:sub', 'path:1']")]
    [InlineData("redact: {json: [$.a], form: [a], with: ''}, required: [$.a]")]
    public void Load_OperationOfTheLanguage_Loads(string operation) => RulesUnderTest.Load(Rule(operation));

    [Theory]
    [InlineData("encrypt: {json: [$.a]}, role: r, deterministic: true, preserve: {alphabet: digits, key: 1}", "goes without saying with 'preserve'")]
    [InlineData("encrypt: {json: [$.a]}, role: r, whole: true, preserve: {alphabet: digits, key: 1}", "has no alphabet; select the values in it")]
    [InlineData("encrypt: {json: [$.a]}, role: r, incoming: verify, preserve: {alphabet: digits, key: 1}", "with 'preserve' can only be refuse")]
    [InlineData("decrypt: {json: [$.a]}, role: r, strict: true, preserve: {alphabet: digits, key: 1}", "what 'preserve' makes is none")]
    [InlineData("encrypt: {json: [$.a]}, role: r, preserve: {alphabet: digits}", "'key' is missing")]
    [InlineData("encrypt: {json: [$.a]}, role: r, preserve: {key: 1}", "'alphabet' is missing")]
    [InlineData("encrypt: {json: [$.a]}, role: r, preserve: {alphabet: hex, key: 1}", "may be digits or lower or upper or alphanumeric")]
    [InlineData("encrypt: {json: [$.a]}, role: r, preserve: {alphabet: digits, key: 0}", "'key' is at least 1")]
    [InlineData("encrypt: {json: [$.a]}, role: r, preserve: {alphabet: digits, key: 1, first: 256}", "at most 255")]
    [InlineData("encrypt: {json: [$.a]}, role: r, preserve: {alphabet: lower, key: 1, luhn: true}", "'luhn' is for digits")]
    [InlineData("encrypt: {json: [$.a]}, role: r, preserve: digits", "wants a mapping")]
    [InlineData("encrypt: {json: [$.a], form: [a]}, role: r, whole: true", "'whole' is about JSON")]
    [InlineData("encrypt: {json: [$.a]}, role: r, deterministic: yes", "wants true or false")]
    [InlineData("decrypt: {json: [$.a]}, role: r, deterministic: true", "'deterministic' is for encrypt")]
    [InlineData("decrypt: {json: [$.a]}, role: r, whole: true", "'whole' is for encrypt")]
    [InlineData("hash: {json: [$.a]}, role: r, preserve: {alphabet: digits, key: 1}", "'preserve' is for encrypt")]
    [InlineData("hash: {json: [$.a]}, role: r, strict: true", "'strict' is for decrypt and rewrap")]
    [InlineData("rewrap: {json: [$.a]}, role: r, incoming: verify", "'incoming' is for encrypt")]
    [InlineData("redact: {json: [$.a]}, role: r", "redact uses none")]
    [InlineData("redact: {json: [$.a]}, bind: ['path:1']", "redact uses none")]
    [InlineData("redact: {json: [$.a], with: \"a\\nb\"}", "without control characters")]
    [InlineData("redact: {json: [$.a], last: 4}", "'last' is no key of 'redact'")]
    [InlineData("hash: {json: [$.a]}", "'role' is missing")]
    [InlineData("encrypt: {json: [$.a]}, role: r, for: {scope: a}", "'for' is for decrypt and mask")]
    [InlineData("hash: {json: [$.a]}, role: r, for: {scope: a}, else: leave", "'for' is for decrypt and mask")]
    [InlineData("redact: {json: [$.a]}, for: {scope: a}, else: leave", "'for' is for decrypt and mask")]
    [InlineData("mask: {json: [$.a]}, role: r, for: {scope: a}", "wants an 'else' that hides no less")]
    [InlineData("mask: {json: [$.a]}, role: r, for: {scope: a}, else: leave", "wants an 'else' that hides no less")]
    [InlineData("decrypt: {json: [$.a]}, role: r, else: leave", "it wants 'for'")]
    [InlineData("decrypt: {json: [$.a]}, role: r, for: {}", "'for' wants 1 to 16 claims")]
    [InlineData("decrypt: {json: [$.a]}, role: r, for: [scope]", "wants a mapping")]
    [InlineData("decrypt: {json: [$.a]}, role: r, for: {scope: []}", "is an empty list")]
    [InlineData("decrypt: {json: [$.a]}, role: r, for: {scope: ''}", "an empty value is no claim")]
    [InlineData("decrypt: {json: [$.a]}, role: r, for: {scope: 'a b'}", "has no spaces")]
    [InlineData("decrypt: {json: [$.a]}, role: r, for: {scp: ['a b']}", "has no spaces")]
    [InlineData("decrypt: {json: [$.a]}, role: r, for: {scope: a}, else: show", "may be leave or refuse")]
    [InlineData("decrypt: {json: [$.a]}, role: r, for: {scope: a}, else: {}", "'else' is leave, refuse, or one of")]
    [InlineData("decrypt: {json: [$.a]}, role: r, for: {scope: a}, else: {mask: {}, redact: {}}", "'else' is leave, refuse, or one of")]
    [InlineData("decrypt: {json: [$.a]}, role: r, for: {scope: a}, else: {mask: {last: 300}}", "at most 255")]
    [InlineData("decrypt: {json: [$.a]}, role: r, for: {scope: a}, else: {mask: {role: x}}", "'role' is no key of 'mask' of 'else'")]
    [InlineData("decrypt: {json: [$.a]}, role: r, for: {scope: a}, else: [leave]", "wants a mapping")]
    [InlineData("encrypt: {json: [$.a]}, role: r, bind: ['claim:']", "a claim's name has 1 to 256 characters")]
    public void Load_WhatCannotStandTogether_SaysWhatToDo(string operation, string message) =>
        Assert.Contains(message, Assert.Single(RulesUnderTest.TryLoad(Rule(operation)).Problems).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("mode: observe\nuntil: 2030-12-31")]
    [InlineData("mode: observe\nuntil: '2030-12-31'")]
    [InlineData("cache: keep")]
    public void Load_RuleKey_Loads(string more) => RulesUnderTest.TryLoad(Rule("redact: {json: [$.a]}", "response", more)).Problems.ToList().ForEach(problem => Assert.Fail(problem.ToString()));

    [Theory]
    [InlineData("mode: observe", "'until' is missing")]
    [InlineData("mode: enforce", "'mode' is 'enforce'; it may be observe")]
    [InlineData("until: 2030-12-31", "'until' is for 'mode: observe'")]
    [InlineData("mode: observe\nuntil: 2030-13-01", "'until' is a day such as")]
    [InlineData("mode: observe\nuntil: tomorrow", "'until' is a day such as")]
    [InlineData("cache: drop", "'cache' is 'drop'; it may be keep")]
    public void Load_RuleKeyThatIsWrong_SaysWhatToDo(string more, string message) =>
        Assert.Contains(message, Assert.Single(RulesUnderTest.TryLoad(Rule("redact: {json: [$.a]}", "response", more)).Problems).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("request", "redact: {json: [$.a]}", "has no operation on them")]
    [InlineData("response", "decrypt: {json: [$.a]}, role: r, for: {scope: a}", "would show others what one caller may see")]
    [InlineData("response", "decrypt: {json: [$.a]}, role: r, bind: ['claim:sub']", "would show others what one caller may see")]
    public void Load_CacheThatCannotBeKept_IsRefused(string direction, string operation, string message) =>
        Assert.Contains(message, Assert.Single(RulesUnderTest.TryLoad(Rule(operation, direction, "cache: keep")).Problems).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("encrypt: {json: [$.a]}, role: r", "encrypt: {json: [$.a]}, role: r, deterministic: true")]
    [InlineData("encrypt: {json: [$.a]}, role: r", "encrypt: {json: [$.a]}, role: r, whole: true")]
    [InlineData("encrypt: {json: [$.a]}, role: r, preserve: {alphabet: digits, key: 1}", "encrypt: {json: [$.a]}, role: r, preserve: {alphabet: digits, key: 2}")]
    [InlineData("decrypt: {json: [$.a]}, role: r", "decrypt: {json: [$.a]}, role: r, preserve: {alphabet: digits, key: 1}")]
    [InlineData("decrypt: {json: [$.a]}, role: r", "decrypt: {json: [$.a]}, role: r, for: {scope: a}")]
    [InlineData("decrypt: {json: [$.a]}, role: r, for: {scope: a}", "decrypt: {json: [$.a]}, role: r, for: {scope: b}")]
    [InlineData("decrypt: {json: [$.a]}, role: r, for: {scope: a}, else: leave", "decrypt: {json: [$.a]}, role: r, for: {scope: a}, else: {redact: {}}")]
    [InlineData("mask: {json: [$.a], with: '#'}, role: r", "mask: {json: [$.a]}, role: r")]
    [InlineData("redact: {json: [$.a], with: a}", "redact: {json: [$.a], with: b}")]
    [InlineData("hash: {json: [$.a]}, role: r", "rewrap: {json: [$.a]}, role: r")]
    public void Load_OperationsThatDifferInOneWord_Conflict(string first, string second)
    {
        RulesUnderTest.Load(RulesUnderTest.File($"response: [{{{first}}}, {{{first}}}]"));
        Assert.Equal(RuleProblemCode.ConflictingOperations, Assert.Single(RulesUnderTest.TryLoad(RulesUnderTest.File($"response: [{{{first}}}, {{{second}}}]")).Problems).Code);
    }

    [Fact]
    public void Load_SameConditionInAnotherOrder_IsTheSame() => RulesUnderTest.Load(RulesUnderTest.File(
        "response: [{decrypt: {json: [$.a]}, role: r, for: {scope: [a, b], tenant: x}}, {decrypt: {json: [$.a]}, role: r, for: {tenant: x, scope: [b, a]}}]"));
}
