using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using E3.Relay.Rules.Grammar;

namespace E3.Relay.Rules;

/// <summary>The JSON Schema (draft 7, which editors of YAML understand) of rule files, written from what their readers judge by.</summary>
public static class RuleSchema
{
    private const string Dialect = "http://json-schema.org/draft-07/schema#";

    private static readonly JsonWriterOptions Options = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, NewLine = "\n" };

    /// <summary>Writes the schema, with a line end after it.</summary>
    public static string Write()
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter writer = new(buffer, Options))
        {
            writer.WriteStartObject();
            writer.WriteString("$schema"u8, Dialect);
            writer.WriteString("title"u8, "E3 Relay rules");
            WriteShape(writer, RuleGrammar.File);
            writer.WriteStartObject("definitions"u8);
            writer.WriteStartObject("operation"u8);
            WriteShape(writer, RuleGrammar.Operation);
            writer.WriteEndObject();
            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan) + "\n";
    }

    private static void WriteValue(Utf8JsonWriter writer, ValueShape shape, string? meaning = null)
    {
        writer.WriteStartObject();
        if (meaning is not null)
            writer.WriteString("description"u8, meaning);
        if (ReferenceEquals(shape, RuleGrammar.Operation))
            writer.WriteString("$ref"u8, "#/definitions/operation");
        else
            WriteShape(writer, shape);
        writer.WriteEndObject();
    }

    private static void WriteShape(Utf8JsonWriter writer, ValueShape shape)
    {
        switch (shape)
        {
            case TextShape { Pattern: null }:
                WriteStrings(writer, "type", ["string", "number", "boolean"]);
                break;
            case TextShape text:
                writer.WriteString("type"u8, "string");
                writer.WriteString("pattern"u8, text.Pattern);
                break;
            case WordShape words:
                WriteStrings(writer, "enum", words.Options);
                break;
            case NumberShape number:
                writer.WriteString("type"u8, "integer");
                writer.WriteNumber("minimum"u8, number.Min);
                writer.WriteNumber("maximum"u8, number.Max);
                break;
            case BooleanShape:
                writer.WriteString("type"u8, "boolean");
                break;
            case ListShape list:
                WriteList(writer, list);
                break;
            case FreeMappingShape free:
                writer.WriteString("type"u8, "object");
                writer.WritePropertyName("additionalProperties"u8);
                WriteValue(writer, free.Value);
                break;
            case EitherShape either:
                writer.WriteStartArray("anyOf"u8);
                foreach (ValueShape option in either.Options)
                    WriteValue(writer, option);
                writer.WriteEndArray();
                break;
            case MappingShape mapping:
                WriteMapping(writer, mapping);
                break;
        }
    }

    private static void WriteList(Utf8JsonWriter writer, ListShape list)
    {
        writer.WriteString("type"u8, "array");
        if (list.Min > 0)
            writer.WriteNumber("minItems"u8, list.Min);
        if (list.Max < int.MaxValue)
            writer.WriteNumber("maxItems"u8, list.Max);
        writer.WritePropertyName("items"u8);
        WriteValue(writer, list.Item);
    }

    private static void WriteMapping(Utf8JsonWriter writer, MappingShape mapping)
    {
        writer.WriteString("type"u8, "object");
        writer.WriteBoolean("additionalProperties"u8, false);
        string[] required = [.. mapping.Keys.Where(key => key.IsRequired).Select(key => key.Name)];
        if (required.Length > 0)
            WriteStrings(writer, "required", required);
        WriteChoice(writer, "oneOf", mapping.OneOf);
        WriteChoice(writer, "anyOf", mapping.AnyOf);
        writer.WriteStartObject("properties"u8);
        foreach (KeyShape key in mapping.Keys)
        {
            writer.WritePropertyName(key.Name);
            WriteValue(writer, key.Value, key.Meaning);
        }

        writer.WriteEndObject();
    }

    private static void WriteChoice(Utf8JsonWriter writer, string keyword, string[] keys)
    {
        if (keys.Length == 0)
            return;
        writer.WriteStartArray(keyword);
        foreach (string key in keys)
        {
            writer.WriteStartObject();
            WriteStrings(writer, "required", [key]);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void WriteStrings(Utf8JsonWriter writer, string name, string[] values)
    {
        writer.WriteStartArray(name);
        foreach (string value in values)
            writer.WriteStringValue(value);
        writer.WriteEndArray();
    }
}
