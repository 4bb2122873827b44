using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace E3.Relay.Helper.Admin;

/// <summary>The JSON of the admin interface.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, WriteIndented = true)]
[JsonSerializable(typeof(StatusReport))]
[JsonSerializable(typeof(AppListReport))]
[JsonSerializable(typeof(AppKeysReport))]
[JsonSerializable(typeof(ChangeReport))]
[JsonSerializable(typeof(EngineReport))]
[JsonSerializable(typeof(AdminError))]
internal sealed partial class AdminJson : JsonSerializerContext
{
    /// <summary>For a terminal or a script: base64 is not escaped as it would be for a page.</summary>
    public static AdminJson Printed => new(new JsonSerializerOptions(Default.Options!) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
