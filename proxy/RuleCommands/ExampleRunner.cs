using System.Text;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Tokens;
using E3.Relay.Rules;
using E3.Relay.Rules.Examples;

namespace E3.Relay.Proxy.RuleCommands;

/// <summary>Runs the examples of rule files.</summary>
internal static class ExampleRunner
{
    /// <summary>Runs one example under the whole rule set.</summary>
    /// <returns>What is not as expected; empty when all is.</returns>
    public static async Task<IReadOnlyList<string>> RunAsync(RuleSet rules, RuleExample example, CancellationToken cancellationToken)
    {
        using DryRun run = new(rules);
        DryRunResult? result = null;
        if (example.Send is { } send)
            result = await run.SendAsync(RequestOf(send, run.Cipher) with { ContentType = send.ContentType, Headers = HeadersOf(send, run.Cipher), Body = BodyOf(send, run.Cipher, []) }, cancellationToken);
        if (example.Receive is { } receive && result is not { Error: not null })
        {
            DryRunResponse response = new(receive.Status, receive.ContentType, HeadersOf(receive, run.Cipher), BodyOf(receive, run.Cipher, result?.After ?? []));
            DryRunRequest answered = RequestOf(receive, run.Cipher) with { Headers = example.Send is { } sent ? HeadersOf(sent, run.Cipher) : [] };
            result = await run.ReceiveAsync(answered, response, cancellationToken);
        }

        return [.. new ExampleJudge(example, run.Cipher).Judge(result!)];
    }

    private static DryRunRequest RequestOf(ExampleMessage message, DryRunCipher cipher) =>
        new() { Method = message.Method, Target = Encoding.UTF8.GetString(Render(ExampleText.Parse(message.Path), cipher, [])), Host = message.Host, Caller = message.Caller };

    private static KeyValuePair<string, string>[] HeadersOf(ExampleMessage message, DryRunCipher cipher) =>
        [.. message.Headers.Select(header => new KeyValuePair<string, string>(header.Key, Encoding.UTF8.GetString(Render(ExampleText.Parse(header.Value), cipher, []))))];

    private static byte[]? BodyOf(ExampleMessage message, DryRunCipher cipher, byte[] sent) => message.Body is { } body ? Render(body, cipher, sent) : null;

    /// <summary>The bytes of a text with its placeholders filled in.</summary>
    public static byte[] Render(ExampleText text, DryRunCipher cipher, byte[] sent)
    {
        using MemoryStream bytes = new();
        foreach (ExamplePart part in text.Parts)
        {
            bytes.Write(part.Kind switch
            {
                ExamplePartKind.Token => cipher.TokenFor((DataType)part.Type, part.Value),
                ExamplePartKind.Foreign => cipher.ForeignToken(part.Value),
                ExamplePartKind.Sent => sent,
                _ => Encoding.UTF8.GetBytes(part.Value),
            });
        }

        return bytes.ToArray();
    }

    /// <summary>A body with each token written as what it holds.</summary>
    public static string Show(ReadOnlySpan<byte> body, DryRunCipher cipher)
    {
        StringBuilder shown = new();
        int at = 0;
        while (TokenScanner.TryFind(body, at, out int offset, out int length))
        {
            shown.Append(Encoding.UTF8.GetString(body[at..offset]));
            ReadOnlySpan<byte> token = body.Slice(offset, length);
            shown.Append(cipher.Holds(token) is var (type, value) ? ExampleText.Write((FieldType)type, value) : Encoding.ASCII.GetString(token));
            at = offset + length;
        }

        return shown.Append(Encoding.UTF8.GetString(body[at..])).ToString();
    }
}
