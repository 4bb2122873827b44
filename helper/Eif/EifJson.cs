using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace E3.Relay.Helper.Eif;

/// <summary>JSON of what the commands on images print.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, WriteIndented = true)]
[JsonSerializable(typeof(EifReport))]
internal sealed partial class EifJson : JsonSerializerContext
{
    /// <summary>For a terminal or a script: metadata is not escaped as it would be for a page.</summary>
    public static EifJson Printed => new(new JsonSerializerOptions(Default.Options!) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
