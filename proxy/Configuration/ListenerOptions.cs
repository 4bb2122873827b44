using System.Net;

namespace E3.Relay.Proxy.Configuration;

/// <summary>One address for traffic, with its own rules and its own identities towards the engine.</summary>
/// <param name="Name">The key under <c>Relay:Listeners</c>.</param>
/// <param name="EndPoint">Where it listens.</param>
/// <param name="Rules">Full paths of the rule files; none makes it a plain proxy.</param>
/// <param name="RequestCaller">The identity under which request rules call the engine.</param>
/// <param name="ResponseCaller">The identity under which response rules call the engine.</param>
internal sealed record ListenerOptions(string Name, IPEndPoint EndPoint, IReadOnlyList<string> Rules, string RequestCaller, string ResponseCaller)
{
    /// <summary>Whether requests that come in here are judged.</summary>
    public bool HasRules => Rules.Count > 0;
}
