using System.Collections.Concurrent;
using System.Net;
using System.Text;
using E3.Relay.Testing;

namespace E3.Relay.EndToEnd.Tests;

/// <summary>
/// An upstream that keeps every byte that it is sent, complete or not, and answers GET with what was last posted to the path.
/// </summary>
internal sealed class RecordingUpstream : IAsyncDisposable
{
    private readonly HttpListener _listener = new();
    private readonly ConcurrentDictionary<string, (string? ContentType, byte[] Body)> _byPath = new();
    private readonly ConcurrentQueue<Request> _requests = new();
    private readonly Task _accepting;

    public RecordingUpstream()
    {
        Port = LoopbackPort.Take();
        _listener.Prefixes.Add($"http://127.0.0.1:{Port}/");
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port { get; }

    /// <summary>Everything that arrived: request line, headers, and as much of the body as there was.</summary>
    public IReadOnlyCollection<Request> Requests => _requests;

    /// <summary>The body last posted to a path.</summary>
    public string Body(string path) => Encoding.UTF8.GetString(_byPath[path].Body);

    /// <summary>True when the text occurs in a body.</summary>
    public bool SawInBody(string text) => _requests.Any(request => Contains(request, text));

    /// <summary>True when the text occurs in anything that arrived.</summary>
    public bool Saw(string text) => _requests.Any(request => request.Head.Contains(text, StringComparison.Ordinal) || Contains(request, text));

    public async ValueTask DisposeAsync()
    {
        _listener.Close();
        await _accepting;
    }

    private static bool Contains(Request request, string text)
    {
        lock (request.Body)
            return Encoding.Latin1.GetString(request.Body.ToArray()).Contains(text, StringComparison.Ordinal);
    }

    private async Task AcceptAsync()
    {
        while (_listener.IsListening)
        {
            try
            {
                HttpListenerContext context = await _listener.GetContextAsync();
                _ = Task.Run(() => AnswerAsync(context));
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        var head = new StringBuilder($"{context.Request.HttpMethod} {context.Request.RawUrl}\n");
        foreach (string? name in context.Request.Headers.AllKeys)
            head.Append(name).Append(": ").Append(context.Request.Headers[name]).Append('\n');
        var request = new Request(head.ToString(), []);
        _requests.Enqueue(request);
        try
        {
            byte[] chunk = new byte[16 * 1024];
            int read;
            while ((read = await context.Request.InputStream.ReadAsync(chunk)) > 0)
            {
                lock (request.Body)
                    request.Body.AddRange(chunk.AsSpan(0, read));
            }

            string path = context.Request.RawUrl!;
            if (context.Request.HttpMethod is "POST" or "PUT")
            {
                _byPath[path] = (context.Request.ContentType, [.. request.Body]);
                context.Response.StatusCode = 201;
            }
            else if (_byPath.TryGetValue(path, out (string? ContentType, byte[] Body) stored))
            {
                context.Response.ContentType = stored.ContentType;
                context.Response.ContentLength64 = stored.Body.Length;
                await context.Response.OutputStream.WriteAsync(stored.Body);
            }
            else
            {
                context.Response.StatusCode = 404;
            }

            context.Response.Close();
        }
        catch (Exception e) when (e is HttpListenerException or IOException or ObjectDisposedException)
        {
            // The proxy cut the connection: what arrived until then is kept.
            context.Response.Abort();
        }
    }

    internal sealed record Request(string Head, List<byte> Body);
}
