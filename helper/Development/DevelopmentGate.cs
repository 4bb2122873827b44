namespace E3.Relay.Helper.Development;

/// <summary>Keeps everything simulated out of every environment but Development.</summary>
internal static class DevelopmentGate
{
    public const string Variable = "DOTNET_ENVIRONMENT";

    /// <exception cref="HelperRefusedException">The environment is another one, or not set.</exception>
    public static void Check(string? environment)
    {
        if (!string.Equals(environment, "Development", StringComparison.OrdinalIgnoreCase))
        {
            throw new HelperRefusedException(
                ExitCode.EnvironmentRefused,
                $"The driver 'process' runs the engine without an enclave and with simulated trust, so it starts only with {Variable}=Development.");
        }
    }
}
