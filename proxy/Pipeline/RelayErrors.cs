using System.Collections.Frozen;
using System.Text;
using E3.Relay.Rules;

namespace E3.Relay.Proxy.Pipeline;

/// <summary>The errors that the proxy itself gives, besides those of the rules. Names are stable.</summary>
internal static class RelayErrors
{
    /// <summary>An upgrade or gRPC where rules apply: nothing inside could be inspected.</summary>
    public static readonly RelayError CannotInspect = new(StatusCodes.Status415UnsupportedMediaType, "cannot-inspect");

    /// <summary>A content coding that cannot be undone, or several, where request rules apply.</summary>
    public static readonly RelayError UnsupportedCoding = new(StatusCodes.Status415UnsupportedMediaType, "unsupported-content-coding");

    /// <summary>The body does not follow its content coding, ends too early, or has bytes after its end.</summary>
    public static readonly RelayError MalformedCoding = new(StatusCodes.Status400BadRequest, "malformed-content-coding");

    /// <summary>Undone, the body is so much larger than it came that it was made to be.</summary>
    public static readonly RelayError CodingRatio = new(StatusCodes.Status413PayloadTooLarge, "content-coding-ratio");

    /// <summary>A header that must stand once stands twice.</summary>
    public static readonly RelayError RepeatedHeader = new(StatusCodes.Status400BadRequest, "repeated-header");

    /// <summary>The body is over the limit.</summary>
    public static readonly RelayError BodyTooLarge = new(StatusCodes.Status413PayloadTooLarge, "body-too-large");

    /// <summary>The body does not follow HTTP's framing, or came too slowly.</summary>
    public static readonly RelayError MalformedMessage = new(StatusCodes.Status400BadRequest, "malformed-message");

    /// <summary>The client broke off while its body was read. Hardly anybody gets this answer; it counts as an abort.</summary>
    public static readonly RelayError ClientGone = new(StatusCodes.Status400BadRequest, "client-gone");

    /// <summary>The engine cannot be had now.</summary>
    public static readonly RelayError EngineUnavailable = new(StatusCodes.Status503ServiceUnavailable, "engine-unavailable");

    /// <summary>An identity of the proxy lacks the grant that a rule needs.</summary>
    public static readonly RelayError NotGranted = new(StatusCodes.Status403Forbidden, "not-granted");

    /// <summary>The engine has no keys for the app that the rules name.</summary>
    public static readonly RelayError AppUnknown = new(StatusCodes.Status500InternalServerError, "app-unknown");

    /// <summary>A rule's mask leaves more characters than the grant of the listener's caller allows.</summary>
    public static readonly RelayError MaskTooWide = new(StatusCodes.Status500InternalServerError, "mask-too-wide");

    /// <summary>The engine does not take a value.</summary>
    public static readonly RelayError ValueNotAccepted = new(StatusCodes.Status422UnprocessableEntity, "value-not-accepted");

    /// <summary>A token that a rule requires to open does not.</summary>
    public static readonly RelayError CannotDecrypt = new(StatusCodes.Status422UnprocessableEntity, "cannot-decrypt");

    /// <summary>A value whose form cannot be preserved: characters outside of the alphabet, fewer than a million possible values, or a wrong check digit.</summary>
    public static readonly RelayError CannotPreserve = RelayError.OfRequest(new Refusal(StatusCodes.Status422UnprocessableEntity, RefusalCode.CannotPreserve, null));

    /// <summary>A rule's <c>preserve</c> names a version of the key that the app does not have, or that is retired.</summary>
    public static readonly RelayError KeyUnknown = new(StatusCodes.Status500InternalServerError, "key-unknown");

    /// <summary>The response is larger than rules may be applied to.</summary>
    public static readonly RelayError ResponseTooLarge = new(StatusCodes.Status502BadGateway, "response-too-large");

    /// <summary>The upstream answered in a content coding that cannot be undone, or that the body does not follow.</summary>
    public static readonly RelayError ResponseCoding = new(StatusCodes.Status502BadGateway, "response-content-coding");

    /// <summary>The upstream answered with a part only, or with a switch of protocols.</summary>
    public static readonly RelayError ResponseNotWhole = new(StatusCodes.Status502BadGateway, "response-not-whole");

    /// <summary>The upstream broke off.</summary>
    public static readonly RelayError UpstreamBroken = new(StatusCodes.Status502BadGateway, "upstream-broken");

    /// <summary>The upstream cannot be reached.</summary>
    public static readonly RelayError UpstreamUnavailable = new(StatusCodes.Status502BadGateway, "upstream-unavailable");

    /// <summary>The upstream did not answer in time.</summary>
    public static readonly RelayError UpstreamTimeout = new(StatusCodes.Status504GatewayTimeout, "upstream-timeout");

    /// <summary>All bodies under way hold as much memory as they may.</summary>
    public static readonly RelayError Busy = new(StatusCodes.Status503ServiceUnavailable, "relay-busy");

    /// <summary>Something in the proxy failed; nothing went upstream.</summary>
    public static readonly RelayError RelayFailed = new(StatusCodes.Status500InternalServerError, "relay-failed");

    /// <summary>The connection came in on an address that is no listener.</summary>
    public static readonly RelayError NoListener = new(StatusCodes.Status421MisdirectedRequest, "no-listener");

    private static readonly FrozenDictionary<TargetError, RelayError> Targets =
        Enum.GetValues<TargetError>().ToFrozenDictionary(error => error, error => new RelayError(StatusCodes.Status400BadRequest, "target" + Kebab(error.ToString())));

    /// <summary>A request target that two servers could read differently.</summary>
    public static RelayError OfTarget(TargetError error) => Targets[error];

    private static string Kebab(string name)
    {
        var text = new StringBuilder();
        foreach (char c in name)
        {
            if (char.IsAsciiLetterUpper(c))
                text.Append('-');
            text.Append(char.ToLowerInvariant(c));
        }

        return text.ToString();
    }
}
