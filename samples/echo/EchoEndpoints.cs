using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace E3.Relay.Samples.Echo;

/// <summary>What the echo answers.</summary>
internal static class EchoEndpoints
{
    private const string Everything = "/{**path}";

    private static readonly JsonWriterOptions Readable = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Adds all routes.</summary>
    public static void MapEcho(this IEndpointRouteBuilder routes)
    {
        var store = routes.ServiceProvider.GetRequiredService<BodyStore>();
        routes.MapGet("/stored", context => WriteStoredAsync(context, store));
        routes.MapGet("/checkout.html", context => WritePageAsync(context, "checkout.html"));
        routes.MapGet("/upload.html", context => WritePageAsync(context, "upload.html"));
        routes.MapMethods(Everything, ["GET", "HEAD"], context => WriteLastAsync(context, store));
        routes.MapMethods(Everything, ["POST", "PUT"], context => StoreAsync(context, store));
    }

    private static async Task StoreAsync(HttpContext context, BodyStore store)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);

        var request = context.Request;
        store.Add(new StoredBody(PathOf(context), request.QueryString.Value ?? "", request.Method, request.ContentType, body.ToArray()));
        if (request.ContentType?.StartsWith("multipart/form-data", StringComparison.OrdinalIgnoreCase) == true)
            await StoreFilesAsync(context, store, body);

        context.Response.StatusCode = StatusCodes.Status201Created;
        await WriteJsonAsync(context, default, writer =>
        {
            writer.WriteStartObject();
            writer.WriteBoolean("stored", true);
            writer.WriteString("path", PathOf(context));
            writer.WriteEndObject();
        });
    }

    /// <summary>Keeps each file of an upload by itself too, under the path of the upload and the name of its field.</summary>
    private static async Task StoreFilesAsync(HttpContext context, BodyStore store, MemoryStream body)
    {
        var request = context.Request;
        body.Position = 0;
        request.Body = body;
        foreach (var file in (await request.ReadFormAsync(context.RequestAborted)).Files)
        {
            using var bytes = new MemoryStream();
            await file.CopyToAsync(bytes, context.RequestAborted);
            store.Add(new StoredBody($"{PathOf(context)}/{file.Name}", "", request.Method, file.ContentType, bytes.ToArray()));
        }
    }

    private static async Task WriteLastAsync(HttpContext context, BodyStore store)
    {
        if (store.Last(PathOf(context)) is not { } body)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        context.Response.ContentType = body.ContentType;
        context.Response.ContentLength = body.Bytes.Length;
        if (HttpMethods.IsGet(context.Request.Method))
            await context.Response.Body.WriteAsync(body.Bytes, context.RequestAborted);
    }

    private static Task WriteStoredAsync(HttpContext context, BodyStore store) => WriteJsonAsync(context, Readable, writer =>
    {
        writer.WriteStartArray();
        foreach (var body in store.All())
        {
            var text = Utf8.IsValid(body.Bytes);
            writer.WriteStartObject();
            writer.WriteString("path", body.Path);
            writer.WriteString("query", body.Query);
            writer.WriteString("method", body.Method);
            writer.WriteString("contentType", body.ContentType);
            writer.WriteString("encoding", text ? "utf-8" : "base64");
            writer.WriteString("body", text ? Encoding.UTF8.GetString(body.Bytes) : Convert.ToBase64String(body.Bytes));
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    });

    private static async Task WritePageAsync(HttpContext context, string name)
    {
        context.Response.ContentType = "text/html; charset=utf-8";
        await using var page = File.OpenRead(Path.Combine(AppContext.BaseDirectory, name));
        await page.CopyToAsync(context.Response.Body, context.RequestAborted);
    }

    private static async Task WriteJsonAsync(HttpContext context, JsonWriterOptions options, Action<Utf8JsonWriter> write)
    {
        context.Response.ContentType = "application/json";
        using var buffer = new MemoryStream();
        await using (var writer = new Utf8JsonWriter(buffer, options))
            write(writer);

        context.Response.ContentLength = buffer.Length;
        await context.Response.Body.WriteAsync(buffer.GetBuffer().AsMemory(0, (int)buffer.Length), context.RequestAborted);
    }

    private static string PathOf(HttpContext context) => context.Request.Path.Value ?? "/";
}
