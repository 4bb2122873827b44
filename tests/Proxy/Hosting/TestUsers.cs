using System.Security.Claims;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace E3.Relay.Proxy.Tests.Hosting;

/// <summary>Stands in for authentication: who a request says that it is, it is. <c>Test-User: sub=ada;scope=cards.read x</c> is authenticated, <c>Test-Stranger</c> is not.</summary>
internal sealed class TestUsers : IStartupFilter
{
    public static void Add(WebApplicationBuilder builder) => builder.Services.AddSingleton<IStartupFilter>(new TestUsers());

    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use((context, pipeline) =>
        {
            SetUser(context, "Test-User", "test");
            SetUser(context, "Test-Stranger", null);
            return pipeline(context);
        });
        next(app);
    };

    private static void SetUser(HttpContext context, string header, string? authenticationType)
    {
        if (context.Request.Headers[header] is [{ } text])
            context.User = new ClaimsPrincipal(new ClaimsIdentity(text.Split(';').Select(claim => new Claim(claim[..claim.IndexOf('=')], claim[(claim.IndexOf('=') + 1)..])), authenticationType));
    }
}
