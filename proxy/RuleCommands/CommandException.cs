namespace E3.Relay.Proxy.RuleCommands;

/// <summary>A command cannot be done, for a reason that the message says.</summary>
internal sealed class CommandException(string message) : Exception(message);
