namespace E3.Relay.Rules.Xml;

/// <summary>The evaluation of an expression takes too long. It is thrown through the platform's evaluation, which offers no other way out.</summary>
internal sealed class XmlEvaluationException() : Exception("the evaluation takes too many steps");
