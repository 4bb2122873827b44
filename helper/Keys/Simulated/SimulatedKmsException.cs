namespace E3.Relay.Helper.Keys.Simulated;

/// <summary>Ends a request with an error.</summary>
internal sealed class SimulatedKmsException(SimulatedKmsError error) : Exception(error.Type)
{
    public SimulatedKmsError Error { get; } = error;
}
