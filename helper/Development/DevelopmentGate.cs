namespace E3.Relay.Helper.Development;

/// <summary>Keeps everything simulated out of every environment but Development.</summary>
internal static class DevelopmentGate
{
    public const string Variable = "DOTNET_ENVIRONMENT";

    /// <summary>True in Development.</summary>
    public static bool IsOpen(string? environment) => string.Equals(environment, "Development", StringComparison.OrdinalIgnoreCase);

    /// <exception cref="HelperRefusedException">The environment is another one, or not set.</exception>
    public static void Check(string? environment, string reason = "The driver 'process' runs the engine without an enclave and with simulated trust")
    {
        if (!IsOpen(environment))
            throw new HelperRefusedException(ExitCode.EnvironmentRefused, $"{reason}, so it starts only with {Variable}=Development.");
    }
}
