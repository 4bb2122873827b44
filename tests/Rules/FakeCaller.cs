namespace E3.Relay.Rules.Tests;

/// <summary>A caller with these claims.</summary>
internal sealed class FakeCaller(params (string Claim, string Value)[] claims) : ICaller
{
    public IReadOnlyList<string> Claim(string claim) => [.. claims.Where(one => one.Claim == claim).Select(one => one.Value)];
}
