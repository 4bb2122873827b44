using System.Net;
using System.Text.Json;

namespace E3.Relay.Proxy.Configuration;

/// <summary>Keeps simulated roots on a developer's machine: Development, loopback, and named in the settings, all three.</summary>
internal static class SimulatedTrust
{
    /// <summary>The stable code of the refusal to start.</summary>
    public const string Code = "simulated-trust-refused";

    /// <summary>Why the proxy may not start, or nothing.</summary>
    public static IReadOnlyList<string> Judge(RelayOptions options, IHostEnvironment environment)
    {
        var problems = new List<string>();
        if (options.Enclave is not { } enclave)
            return problems;
        if (!enclave.AllowsSimulated)
        {
            if (NamesSimulatedRoot(enclave.TrustPath))
                problems.Add($"{Code}: {enclave.TrustPath} carries a simulated root, which works in Development only; for a development run set DOTNET_ENVIRONMENT=Development.");
            return problems;
        }

        string setting = enclave.SimulatedRootPath is null ? "Emulated" : "SimulatedRoot";
        if (!environment.IsDevelopment())
            problems.Add($"{Code}: Relay:Enclave:{setting} is set, and the environment is not Development.");
        foreach (IPEndPoint endPoint in options.Listeners.Select(listener => listener.EndPoint).Append(options.Management).Where(endPoint => !IPAddress.IsLoopback(endPoint.Address)))
            problems.Add($"{Code}: Relay:Enclave:{setting} is set, and {endPoint} is not a loopback address.");
        return problems;
    }

    // The client judges the file again when it connects; this look only makes the mistake visible at start instead of as a proxy that never gets ready.
    private static bool NamesSimulatedRoot(string trustPath)
    {
        if (!File.Exists(trustPath))
            return false;
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(trustPath));
            return document.RootElement.ValueKind == JsonValueKind.Object && ((document.RootElement.TryGetProperty("simulatedRoot", out JsonElement root) && root.ValueKind != JsonValueKind.Null)
                    || (document.RootElement.TryGetProperty("emulated", out JsonElement emulated) && emulated.ValueKind == JsonValueKind.True));
        }
        catch (Exception exception) when (exception is JsonException or IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
