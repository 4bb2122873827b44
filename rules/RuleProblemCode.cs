namespace E3.Relay.Rules;

/// <summary>The kinds of mistakes in rule files, and from 101 on of warnings. Names and numbers are stable.</summary>
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

    /// <summary>Warning: a decrypt operation without <c>bind</c> for a field that the same callers may write.</summary>
    DecryptWithoutBind = 101,

    /// <summary>Warning: a decrypt operation without <c>bind</c> whose selectors reach fields of any name or at any depth.</summary>
    WideDecryptWithoutBind = 102,

    /// <summary>Warning: the tokens that a request operation makes for a field never open under the response operation for it, as the two bind different numbers of values.</summary>
    BindMismatch = 103,

    /// <summary>Warning: <c>unmatched: pass</c> lets a body pass on a spelling of a rule's path, or on hosts that the rule does not name.</summary>
    UnmatchedNeighbour = 104,

    /// <summary>Warning: a mask that keeps so many characters that values of common length show none.</summary>
    WideMask = 105,

    /// <summary>Warning: the same operation on the same selector stands twice for the same requests.</summary>
    RepeatedOperation = 106,

    /// <summary>Warning: a decrypted value goes into the path or the query, which end up in logs.</summary>
    DecryptIntoTarget = 107,

    /// <summary>Warning: a decrypt operation binds only segments of the path that are the same for every request of its rule.</summary>
    ConstantBind = 108,

    /// <summary>Warning: a bound value of the body is one that an operation on the same request changes.</summary>
    BoundValueChanged = 109,

    /// <summary>Warning: an XPath expression that is evaluated over the whole document compares names exactly, though the rule does not say so.</summary>
    ExactExpression = 110,

    /// <summary>Warning: there are more warnings than are shown, or than were looked for.</summary>
    WarningsIncomplete = 111,

    /// <summary>Warning: a selector selects nothing in any body.</summary>
    SelectsNothing = 112,

    /// <summary>Warning: <c>otherTypes: pass</c> lets fields of forms pass in multipart, or the other way round.</summary>
    FormWithoutMultipart = 113,

    /// <summary>Warning: a response shows a field as <c>preserve</c> left it, so that it could be sent again and encrypted twice.</summary>
    PreservedAndShown = 120,

    /// <summary>Warning: the day until which a rule was to observe is over.</summary>
    ObservationOverdue = 121,

    /// <summary>Warning: a rule observes bodies that are refused all the same.</summary>
    ObservesNothing = 122,
}
