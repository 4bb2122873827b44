using System.Text.Json;
using E3.Relay.Testing;

namespace E3.Relay.Proxy.Tests.Hosting;

/// <summary>Judges answers of the proxy itself.</summary>
internal static class Answers
{
    /// <summary>Asserts that an answer is the problem with this status and code, whole and well-formed.</summary>
    public static void AssertProblem(RawHttpResponse response, int status, string code)
    {
        Assert.Equal(status, response.Status);
        Assert.Equal("application/problem+json", response.Header("Content-Type"));
        Assert.Equal("no-store", response.Header("Cache-Control")?.Split(", ")[^1]);
        AssertBody(response.Text, status, code);
    }

    /// <inheritdoc cref="AssertProblem(RawHttpResponse, int, string)"/>
    public static async Task AssertProblemAsync(HttpResponseMessage response, int status, string code, string? rule = null)
    {
        string text = await response.Content.ReadAsStringAsync();
        Assert.True((int)response.StatusCode == status, $"{(int)response.StatusCode} {text}");
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.ToString());
        JsonElement problem = AssertBody(text, status, code);
        if (rule is not null)
            Assert.Equal(rule, problem.GetProperty("rule").GetString());
    }

    private static JsonElement AssertBody(string text, int status, string code)
    {
        using JsonDocument document = JsonDocument.Parse(text);
        JsonElement problem = document.RootElement.Clone();
        Assert.Equal($"urn:e3-relay:error:{code}", problem.GetProperty("type").GetString());
        Assert.Equal(code, problem.GetProperty("code").GetString());
        Assert.Equal(status, problem.GetProperty("status").GetInt32());
        Assert.False(string.IsNullOrEmpty(problem.GetProperty("title").GetString()));
        return problem;
    }
}
