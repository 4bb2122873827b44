using System.Text.Json;
using System.Text.Unicode;

namespace E3.Relay.Rules.Bodies;

/// <summary>Judges values before they are written: what was decrypted is untrusted.</summary>
internal static class ReplacementGrammar
{
    /// <summary>Whether the value is what its type says.</summary>
    /// <param name="replacement">The value.</param>
    /// <param name="depthLeft">How deep an array or object may be nested at this place.</param>
    internal static bool IsValid(in FieldReplacement replacement, int depthLeft)
    {
        ReadOnlySpan<byte> value = replacement.Value.Span;
        return replacement.Type switch
        {
            FieldType.String => Utf8.IsValid(value),
            FieldType.Number => JsonText.IsNumber(value),
            FieldType.Boolean => value.SequenceEqual("true"u8) || value.SequenceEqual("false"u8),
            FieldType.Null => value.SequenceEqual("null"u8),
            FieldType.Object => IsDocument(value, JsonTokenType.StartObject, depthLeft),
            FieldType.Array => IsDocument(value, JsonTokenType.StartArray, depthLeft),
            _ => false,
        };
    }

    private static bool IsDocument(ReadOnlySpan<byte> json, JsonTokenType first, int depthLeft)
    {
        if (depthLeft <= 0 || !Utf8.IsValid(json))
            return false;
        try
        {
            Utf8JsonReader reader = new(json, new JsonReaderOptions { MaxDepth = depthLeft });
            bool begins = reader.Read() && reader.TokenType == first;
            while (reader.Read())
            {
            }

            return begins;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
