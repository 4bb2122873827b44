using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace E3.Relay.Proxy.RuleCommands;

/// <summary>What the commands write as JSON.</summary>
[JsonSerializable(typeof(CheckReport))]
[JsonSerializable(typeof(string))]
internal sealed partial class RuleJson : JsonSerializerContext
{
    /// <summary>Letters of all scripts as they are: the output is read by people too, and never lands in HTML.</summary>
    public static RuleJson Plain { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
