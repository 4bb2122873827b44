namespace E3.Relay.Rules;

/// <summary>The type of a value. The numbers are those of the value types inside a token.</summary>
public enum FieldType : byte
{
    /// <summary>Text; the value is its UTF-8 form without quotes and escapes.</summary>
    String = 1,

    /// <summary>A number; the value is its exact source text.</summary>
    Number = 2,

    /// <summary>The value is <c>true</c> or <c>false</c>.</summary>
    Boolean = 3,

    /// <summary>The value is <c>null</c>.</summary>
    Null = 4,

    /// <summary>A JSON object as source text.</summary>
    Object = 5,

    /// <summary>A JSON array as source text.</summary>
    Array = 6,

    /// <summary>Bytes that are not text.</summary>
    Bytes = 7,
}
