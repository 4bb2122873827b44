using E3.Relay.Enclave.Protocol;
using E3.Relay.Proxy.Ciphers;
using E3.Relay.Proxy.Tests.Hosting;
using E3.Relay.Testing;

namespace E3.Relay.Proxy.Tests;

/// <summary>The connection decides which rules and which identity serve a request, and nothing in the request does.</summary>
[Collection(Alone.Name)]
public sealed class ListenerTests
{
    [Theory]
    [InlineData("Host: 127.0.0.1:READERS")]
    [InlineData("Host: readers")]
    [InlineData("Host: shop\r\nX-Forwarded-Host: 127.0.0.1:READERS\r\nX-Forwarded-Port: READERS\r\nForwarded: host=\"127.0.0.1:READERS\"")]
    [InlineData("Host: shop\r\nX-Listener: readers")]
    public async Task Request_ThatClaimsToBeForAnotherListener_IsServedByItsOwn(string headers)
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        relay.Upstream.AnswerWith("application/json", $$"""{"number":"{{FakeCipher.Token("4242424242424242")}}"}""");
        string readers = relay.Port("readers").ToString(System.Globalization.CultureInfo.InvariantCulture);
        RawHttpResponse response = await relay.SendRawAsync($"GET /orders/1 HTTP/1.1\r\n{headers.Replace("READERS", readers, StringComparison.Ordinal)}\r\n\r\n");
        Assert.Equal("""{"number":"************4242"}""", response.Text);
        Assert.Empty(relay.Readers.Groups);
    }

    [Fact]
    public async Task Request_InAbsoluteFormForAnotherListener_IsServedByItsOwn()
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        relay.Upstream.AnswerWith("application/json", $$"""{"number":"{{FakeCipher.Token("4242424242424242")}}"}""");
        string authority = $"127.0.0.1:{relay.Port("readers")}";
        RawHttpResponse response = await relay.SendRawAsync($"GET http://{authority}/orders/1 HTTP/1.1\r\nHost: {authority}\r\n\r\n");
        Assert.Equal("""{"number":"************4242"}""", response.Text);
        Assert.Empty(relay.Readers.Groups);
    }

    [Theory]
    [InlineData("public")]
    [InlineData("readers")]
    [InlineData("plain")]
    public async Task Management_OnATrafficPort_DoesNotExist(string listener)
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        relay.Upstream.AnswerWith("text/plain", "the upstream");
        foreach (string path in (string[])["/metrics", "/health", "/health/ready", "/health/live"])
        {
            RawHttpResponse response = await relay.SendRawAsync($"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{relay.Port(ProxyHost.ManagementName)}\r\n\r\n", listener);
            Assert.Equal("the upstream", response.Text);
        }
    }

    [Fact]
    public async Task Traffic_OnTheManagementPort_GoesNowhere()
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        RawHttpResponse response = await relay.SendRawAsync($"GET /orders/1 HTTP/1.1\r\nHost: 127.0.0.1:{relay.PublicPort}\r\n\r\n", ProxyHost.ManagementName);
        Assert.Equal(404, response.Status);
        Assert.Equal(0, relay.Upstream.Arrived);
    }

    [Fact]
    public async Task Health_WithAllSessionsReady_IsReady()
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        string report = await relay.Client.GetStringAsync(relay.Uri(ProxyHost.ManagementName, "/health/ready"));
        Assert.Contains("\"ready\":true", report, StringComparison.Ordinal);
        Assert.Contains("\"reasons\":[]", report, StringComparison.Ordinal);
        Assert.Contains("\"public\":{", report, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Health_WithOneSessionMissing_IsAliveAndNotReadyAndSaysWhy()
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        relay.Readers.Status = new CipherStatus(false, "its phase is Unsealed");
        using HttpResponseMessage ready = await relay.Client.GetAsync(relay.Uri(ProxyHost.ManagementName, "/health/ready"));
        Assert.Equal(503, (int)ready.StatusCode);
        Assert.Contains("\"reasons\":[\"caller readers: its phase is Unsealed\"]", await ready.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        using HttpResponseMessage live = await relay.Client.GetAsync(relay.Uri(ProxyHost.ManagementName, "/health/live"));
        Assert.Equal(200, (int)live.StatusCode);
        using HttpResponseMessage report = await relay.Client.GetAsync(relay.Uri(ProxyHost.ManagementName, "/health"));
        Assert.Equal(200, (int)report.StatusCode);
    }

    [Fact]
    public async Task Answers_OfASimulatedEngine_SaySoWhateverTheyAre()
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        relay.Requests.Simulated = true;
        Assert.Equal("1", (await relay.SendRawAsync("GET /page HTTP/1.1\r\nHost: shop\r\n\r\n")).Header("E3-Simulated"));
        Assert.Equal("1", (await relay.SendRawAsync("GET //page HTTP/1.1\r\nHost: shop\r\n\r\n")).Header("E3-Simulated"));
        relay.Requests.Before = _ => throw new CipherException(ErrorCode.None);
        using HttpResponseMessage failed = await relay.PostAsync("/checkout/card", """{"card":{"number":"1"}}""");
        Assert.Equal("1", failed.Headers.GetValues("E3-Simulated").Single());
        Assert.Null((await relay.SendRawAsync("GET /page HTTP/1.1\r\nHost: shop\r\n\r\n", "plain")).Header("E3-Simulated"));
    }

    [Fact]
    public async Task Answers_OfARealEngine_DoNotSaySimulated()
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        Assert.Null((await relay.SendRawAsync("GET /page HTTP/1.1\r\nHost: shop\r\n\r\n")).Header("E3-Simulated"));
    }

    [Fact]
    public async Task Metrics_AfterTraffic_CountOutcomesFieldsAndRefusals()
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        using HttpResponseMessage served = await relay.PostAsync("/checkout/card", """{"card":{"number":"4242","cvc":"1"}}""");
        using HttpResponseMessage refused = await relay.PostAsync("/checkout/card", "{", "application/json");
        await TimeBound.UntilAsync(() => relay.Outcomes.Count == 2, "both requests are counted");
        string metrics = await relay.MetricsAsync();
        Assert.Matches("e3_relay_requests_total\\{[^}]*listener=\"public\",outcome=\"transformed\"[^}]*\\} 1", metrics);
        Assert.Matches("e3_relay_requests_total\\{[^}]*listener=\"public\",outcome=\"refused\"[^}]*\\} 1", metrics);
        Assert.Matches("e3_relay_fields_total\\{[^}]*action=\"encrypt\",outcome=\"encrypted\"[^}]*\\} 2", metrics);
        Assert.Matches("e3_relay_refusals_total\\{[^}]*code=\"malformed-body\"[^}]*\\} 1", metrics);
        Assert.Matches("e3_relay_engine_duration_seconds_count\\{[^}]*outcome=\"success\"[^}]*\\} 1", metrics);
        Assert.Matches("e3_relay_rules_loaded\\{[^}]*listener=\"public\"[^}]*\\} 5", metrics);
        Assert.Matches("e3_relay_rules_broken\\{[^}]*listener=\"public\"[^}]*\\} 0", metrics);
    }
}
