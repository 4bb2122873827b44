namespace E3.Relay.Rules;

/// <summary>The kinds of mistakes in rule files.</summary>
public enum RuleProblemCode
{
    /// <summary>The file is no YAML, or YAML that rule files do not use (anchors, tags, several documents).</summary>
    MalformedYaml = 1,

    /// <summary>A limit on the file was exceeded: its size, its depth, the number of rules or selectors.</summary>
    LimitExceeded = 2,

    /// <summary>A key stands twice in one mapping.</summary>
    DuplicateKey = 3,

    /// <summary>A key that the language does not have at this place.</summary>
    UnknownKey = 4,

    /// <summary>A key that must be there is not.</summary>
    MissingKey = 5,

    /// <summary>A list stands where text is wanted, and the like.</summary>
    WrongType = 6,

    /// <summary>A value of the right type that means nothing here.</summary>
    InvalidValue = 7,

    /// <summary>Two rules have the same id.</summary>
    DuplicateRuleId = 8,

    /// <summary>A selector that does not follow its grammar.</summary>
    InvalidSelector = 9,

    /// <summary>A path pattern that does not follow its grammar, or that no accepted request could match.</summary>
    InvalidPathPattern = 10,

    /// <summary>A part of the language that this version does not have.</summary>
    NotSupported = 11,

    /// <summary>Two different operations select the same value.</summary>
    ConflictingOperations = 12,

    /// <summary>The files of one rule set name different apps.</summary>
    DifferentApps = 13,
}
