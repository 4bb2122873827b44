using System.Buffers;

namespace E3.Relay.Benchmarks.Proxy;

/// <summary>The upstream in a process of its own: reads the whole body and answers with a few bytes, or with the body where the path ends in <see cref="EchoPath"/>.</summary>
internal static class ServedUpstream
{
    public const string Argument = "serve-upstream";
    public const string EchoPath = "/echo";

    public static Task<int> RunAsync() => ServedProgram.RunAsync(_ => { }, app => app.Run(AnswerAsync));

    private static async Task AnswerAsync(HttpContext context)
    {
        if (context.Request.Path.Value!.EndsWith(EchoPath, StringComparison.Ordinal))
        {
            await context.Request.Body.CopyToAsync(context.Response.Body);
            return;
        }

        byte[] buffer = ArrayPool<byte>.Shared.Rent(16 * 1024);
        while (await context.Request.Body.ReadAsync(buffer) > 0)
            continue;
        ArrayPool<byte>.Shared.Return(buffer);
        context.Response.ContentLength = 2;
        await context.Response.Body.WriteAsync("ok"u8.ToArray());
    }
}
