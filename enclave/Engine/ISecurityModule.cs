namespace E3.Relay.Enclave.Engine;

/// <summary>The way to the Nitro security module: one CBOR request, one CBOR response. The host program knows where it is.</summary>
public interface ISecurityModule
{
    /// <summary>Sends a request and returns the response.</summary>
    /// <exception cref="IOException">The module cannot be reached.</exception>
    byte[] Exchange(byte[] request);
}
