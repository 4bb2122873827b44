namespace E3.Relay.Helper.Tee;

/// <summary>What a driver starts.</summary>
/// <param name="Executable">The engine's host program.</param>
/// <param name="ConfigurationFile">The measured configuration.</param>
internal sealed record TeeImage(string Executable, string ConfigurationFile);
