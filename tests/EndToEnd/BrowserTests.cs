using System.Text.Json;
using E3.Relay.Testing;
using Microsoft.Playwright;

namespace E3.Relay.EndToEnd.Tests;

/// <summary>A real browser posts the sample forms, unchanged, through the proxy.</summary>
public sealed class BrowserTests : IDisposable
{
    private const string Chromium = "/usr/bin/chromium";

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Chromium_PostsTheForm_AndTheUpstreamStoresTokens()
    {
        if (!File.Exists(Chromium))
            Assert.Skip($"{Chromium} is not installed.");
        await using RelayRun run = await RelayRun.StartAsync(_folder.PathOf("s"));
        using IPlaywright playwright = await Playwright.CreateAsync();
        await using IBrowser browser = await LaunchAsync(playwright);
        IPage page = await browser.NewPageAsync();
        await page.GotoAsync(new Uri(run.Public, "checkout.html").ToString());
        await page.FillAsync("input[name=name]", "Jörg Müller");
        await page.FillAsync("input[name=card_number]", "4242424242424242");
        await page.FillAsync("input[name='card[cvc]']", "123");
        IResponse answer = await page.RunAndWaitForResponseAsync(() => page.ClickAsync("button[type=submit]"), static response => response.Request.Method == "POST");
        Assert.Equal(201, answer.Status);

        using JsonDocument stored = JsonDocument.Parse(await RelayRun.Http.GetStringAsync(new Uri(run.Echo, "stored")));
        JsonElement form = Assert.Single(stored.RootElement.EnumerateArray(), static entry => entry.GetProperty("path").GetString() == "/checkout/form");
        Assert.Equal("application/x-www-form-urlencoded", form.GetProperty("contentType").GetString());
        Assert.Matches("^name=J%C3%B6rg\\+M%C3%BCller&card_number=e3\\.[\\w-]+&card%5Bcvc%5D=e3\\.[\\w-]+$", form.GetProperty("body").GetString()!);
        Assert.Equal(
            "name=J%C3%B6rg+M%C3%BCller&card_number=4242424242424242&card%5Bcvc%5D=123", await RelayRun.Http.GetStringAsync(new Uri(run.Readers, "checkout/form")));
    }

    [Fact]
    public async Task Chromium_UploadsAFile_AndReadersGetItBackByteByByte()
    {
        if (!File.Exists(Chromium))
            Assert.Skip($"{Chromium} is not installed.");
        byte[] file = new byte[700_000];
        new Random(1).NextBytes(file);
        string path = _folder.PathOf("passport.png");
        await File.WriteAllBytesAsync(path, file);
        await using RelayRun run = await RelayRun.StartAsync(_folder.PathOf("s"));
        using IPlaywright playwright = await Playwright.CreateAsync();
        await using IBrowser browser = await LaunchAsync(playwright);
        IPage page = await browser.NewPageAsync();
        await page.GotoAsync(new Uri(run.Public, "upload.html").ToString());
        await page.FillAsync("input[name=name]", "Jörg Müller");
        await page.FillAsync("input[name=passport_number]", "C01X00T47");
        await page.SetInputFilesAsync("input[name=passport]", path);
        IResponse answer = await page.RunAndWaitForResponseAsync(() => page.ClickAsync("button[type=submit]"), static response => response.Request.Method == "POST");
        Assert.True(answer.Status == 201, $"{answer.Status} {await answer.TextAsync()}");

        using HttpResponseMessage stored = await RelayRun.Http.GetAsync(new Uri(run.Echo, "documents/42/passport"));
        byte[] kept = await stored.Content.ReadAsByteArrayAsync();
        Assert.Equal("image/png", stored.Content.Headers.ContentType?.ToString());
        Assert.True(kept is [0x89, (byte)'e', (byte)'3', (byte)'.', ..]);
        Assert.True(kept.AsSpan().IndexOf(file.AsSpan(0, 16)) < 0, "the upstream has the file as it is");
        byte[] whole = await RelayRun.Http.GetByteArrayAsync(new Uri(run.Echo, "documents/42"));
        Assert.True(whole.AsSpan().IndexOf("C01X00T47"u8) < 0, "the upstream has the number as it is");
        Assert.True(whole.AsSpan().IndexOf("Jörg Müller"u8) > 0, "the name is not encrypted");

        Assert.Equal(kept, await RelayRun.Http.GetByteArrayAsync(new Uri(run.Public, "documents/42/passport")));
        using HttpResponseMessage opened = await RelayRun.Http.GetAsync(new Uri(run.Readers, "documents/42/passport"));
        Assert.Equal("image/png", opened.Content.Headers.ContentType?.ToString());
        Assert.Equal(file, await opened.Content.ReadAsByteArrayAsync());
    }

    private static Task<IBrowser> LaunchAsync(IPlaywright playwright) => playwright.Chromium.LaunchAsync(new()
    {
        ExecutablePath = Chromium,
        Headless = true,
        Args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
    });
}
