namespace E3.Relay.Enclave.Protocol;

/// <summary>The type of a value. It travels inside the encryption.</summary>
public enum DataType : byte
{
    /// <summary>UTF-8 text.</summary>
    String = 1,

    /// <summary>A JSON number in its exact spelling (RFC 8259 section 6).</summary>
    Number = 2,

    /// <summary><c>true</c> or <c>false</c>.</summary>
    Boolean = 3,

    /// <summary>JSON null: no bytes.</summary>
    Null = 4,

    /// <summary>A whole JSON object.</summary>
    Object = 5,

    /// <summary>A whole JSON array.</summary>
    Array = 6,

    /// <summary>Opaque bytes.</summary>
    Bytes = 7,
}
