using System.Net;
using E3.Relay.Proxy.Ciphers;
using E3.Relay.Proxy.RuleFiles;

namespace E3.Relay.Proxy.Listeners;

/// <summary>
/// One address for traffic and everything that serves it. A connection carries its listener as a feature from the moment it is accepted, so no header
/// can choose other rules or another identity.
/// </summary>
internal sealed class Listener(string name, IPEndPoint endPoint, ListenerRules? rules, IFieldCipher? requestCipher, IFieldCipher? responseCipher)
{
    public string Name => name;

    public IPEndPoint EndPoint => endPoint;

    /// <summary>The rules; null for a plain proxy.</summary>
    public ListenerRules? Rules => rules;

    public IFieldCipher? RequestCipher => requestCipher;

    public IFieldCipher? ResponseCipher => responseCipher;

    /// <summary>Whether answers must say that the engine is a simulated one.</summary>
    public bool Simulated => requestCipher?.Simulated == true || responseCipher?.Simulated == true;
}
