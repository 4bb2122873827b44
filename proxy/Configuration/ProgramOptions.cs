namespace E3.Relay.Proxy.Configuration;

/// <summary>A program to start.</summary>
/// <param name="Name">Its name in <c>programs.txt</c>.</param>
/// <param name="Arguments">Its arguments, unquoted.</param>
internal sealed record ProgramOptions(string Name, IReadOnlyList<string> Arguments);
