using System.Text.Json;

namespace E3.Relay.Rules.Bodies;

/// <summary>One value in a tape: where it stands, and where the value after it does.</summary>
internal struct JsonTapeNode
{
    internal JsonTokenType Kind;

    internal bool IsEscaped, IsNameEscaped;

    /// <summary>Its members were found to have different names.</summary>
    internal bool HasJudgedMembers;

    /// <summary>First byte of the value in the window, without its quote.</summary>
    internal int Start;

    /// <summary>Bytes of a scalar.</summary>
    internal int Length;

    /// <summary>Where the name of a member stands, without its quotes.</summary>
    internal int NameStart, NameLength;

    /// <summary>The node after this value and all that is inside of it.</summary>
    internal int Next;

    /// <summary>The number of its elements or members.</summary>
    internal int Count;
}
