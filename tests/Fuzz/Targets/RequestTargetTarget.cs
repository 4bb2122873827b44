using System.Text;
using E3.Relay.Rules;

namespace E3.Relay.Fuzz.Targets;

/// <summary>The input is a raw request target. The form of an accepted one that is forwarded is accepted again, and says the same.</summary>
internal sealed class RequestTargetTarget : IFuzzTarget
{
    private const string Host = "shop.example.com";

    public string Name => "target";

    public IEnumerable<byte[]> Seeds => [];

    public IEnumerable<byte[]> Words => [[.. "http://shop.example.com"u8], [.. "http://shop.example.com:80"u8], [.. "https://"u8], [.. "%C3%A9"u8], [.. "%2F"u8], [.. "%5c"u8], [.. "/."u8], [.. "%25"u8], [.. "%u0041"u8], [.. "@"u8], [.. ":"u8]];

    public int Run(ReadOnlyMemory<byte> input)
    {
        string raw = Encoding.Latin1.GetString(input.Span);
        bool accepted = RequestTarget.TryParse(raw, Host, out RequestTarget? target, out TargetError error);
        BrokenException.Unless(accepted == (target is not null) && accepted == (error == TargetError.None), "a target is accepted, or there is an error");
        RequestTarget.TryParse(raw, null, out _, out _);
        RequestTarget.TryParse(Encoding.UTF8.GetString(input.Span), raw, out _, out _);
        if (target is null)
            return -(int)error;
        BrokenException.Unless(RequestTarget.TryParse(target.Forwarded, Host, out RequestTarget? again, out _), "what is forwarded is accepted");
        BrokenException.Unless(again!.Forwarded == target.Forwarded && again.Path == target.Path && again.Query == target.Query && again.Segments.SequenceEqual(target.Segments), "what is forwarded says the same");
        return Math.Min(target.Segments.Count, 32);
    }

    public void Dispose()
    {
        // Nothing is held.
    }
}
