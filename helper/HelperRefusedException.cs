namespace E3.Relay.Helper;

/// <summary>The helper does not start. The message is the one sentence that the operator reads.</summary>
internal sealed class HelperRefusedException(ExitCode code, string message) : Exception(message)
{
    public ExitCode Code { get; } = code;
}
