using E3.Relay.Enclave.Protocol;
using E3.Relay.Proxy.Ciphers;
using E3.Relay.Proxy.Tests.Hosting;
using E3.Relay.Testing;

namespace E3.Relay.Proxy.Tests;

/// <summary>Whatever becomes of the engine, the upstream receives nothing that a rule covers.</summary>
public sealed class EngineFailureTests
{
    private const string Card = """{"card":{"number":"4242424242424242"}}""";

    public static TheoryData<string> Failures => new("unavailable", "phase", "busy", "slow", "cancelled", "too-few", "throws");

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task Request_WhenTheEngineFails_IsAnsweredWith5xxAndNothingGoesUpstream(string failure)
    {
        await using TestRelay relay = await TestRelay.StartAsync(settings: new Dictionary<string, string?> { ["Relay:Enclave:CallTimeoutMs"] = "100" });
        Break(relay.Requests, failure);
        using HttpResponseMessage response = await relay.PostAsync("/checkout/card", Card);
        Assert.Equal(0, relay.Upstream.Arrived);
        if (failure == "throws")
        {
            await Answers.AssertProblemAsync(response, 500, "relay-failed");
            return;
        }

        await Answers.AssertProblemAsync(response, 503, "engine-unavailable");
        Assert.Equal("1", response.Headers.RetryAfter?.ToString());
    }

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task Response_WhenTheEngineFails_IsNotShown(string failure)
    {
        await using TestRelay relay = await TestRelay.StartAsync(settings: new Dictionary<string, string?> { ["Relay:Enclave:CallTimeoutMs"] = "100" });
        Break(relay.Masked, failure);
        relay.Upstream.AnswerWith("application/json", """{"number":"4242424242424242"}""");
        using HttpResponseMessage response = await relay.Client.GetAsync(relay.Uri("public", "/orders/1"));
        string body = await response.Content.ReadAsStringAsync();
        Assert.DoesNotContain("4242", body, StringComparison.Ordinal);
        await Answers.AssertProblemAsync(response, failure == "throws" ? 500 : 503, failure == "throws" ? "relay-failed" : "engine-unavailable");
        Assert.Equal(failure == "throws" ? null : "1", response.Headers.RetryAfter?.ToString());
        Assert.Equal("private, no-store", string.Join(", ", response.Headers.CacheControl!.ToString().Split(", ").Order().Reverse()));
    }

    [Fact]
    public async Task Response_ToARequestThatChangedSomething_IsNotToBeSentAgain()
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        Break(relay.Masked, "unavailable");
        relay.Upstream.AnswerWith("application/json", """{"number":"4242424242424242"}""");
        using HttpResponseMessage response = await relay.PostAsync("/both/1", Card);
        await Answers.AssertProblemAsync(response, 503, "engine-unavailable");
        Assert.Null(response.Headers.RetryAfter);
        Assert.Equal(1, relay.Upstream.Arrived);
    }

    [Fact]
    public async Task Client_ThatGoesAwayWhileTheEngineWorks_CancelsTheCallAndNothingGoesUpstream()
    {
        await using TestRelay relay = await TestRelay.StartAsync(settings: new Dictionary<string, string?> { ["Relay:Enclave:CallTimeoutMs"] = "30000" });
        var called = new TaskCompletionSource();
        var cancelled = new TaskCompletionSource();
        relay.Requests.Before = async token =>
        {
            called.SetResult();
            await using CancellationTokenRegistration registration = token.Register(cancelled.SetResult);
            await Task.Delay(Timeout.Infinite, token);
        };
        using (RawHttpConnection connection = await RawHttpConnection.ConnectAsync(relay.PublicPort))
        {
            await connection.SendAsync($"POST /checkout/card HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\nContent-Length: {Card.Length}\r\n\r\n{Card}");
            await called.Task.WaitAsync(TimeBound.Default);
            connection.Reset();
        }

        await cancelled.Task.WaitAsync(TimeBound.Default);
        await TimeBound.UntilAsync(() => relay.Outcomes.Contains("aborted"), "the request is counted as aborted");
        Assert.Equal(0, relay.Upstream.Arrived);
    }

    [Fact]
    public async Task Request_AfterTheEngineIsBack_IsServed()
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        Break(relay.Requests, "unavailable");
        using HttpResponseMessage refused = await relay.PostAsync("/checkout/card", Card);
        relay.Requests.Before = _ => Task.CompletedTask;
        using HttpResponseMessage served = await relay.PostAsync("/checkout/card", Card);
        Assert.Equal(503, (int)refused.StatusCode);
        Assert.Equal(200, (int)served.StatusCode);
        Assert.Equal(1, relay.Upstream.Arrived);
    }

    [Fact]
    public async Task Request_WithoutAnySelectedValue_DoesNotNeedTheEngine()
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        Break(relay.Requests, "unavailable");
        using HttpResponseMessage response = await relay.PostAsync("/checkout/card", "{}");
        Assert.Equal(200, (int)response.StatusCode);
    }

    private static void Break(FakeCipher cipher, string failure)
    {
        cipher.Before = failure switch
        {
            "unavailable" => _ => throw new CipherException(ErrorCode.None),
            "phase" => _ => throw new CipherException(ErrorCode.PhaseInvalid),
            "busy" => _ => throw new CipherException(ErrorCode.Busy),
            "slow" => token => Task.Delay(Timeout.Infinite, token),
            "cancelled" => _ => throw new OperationCanceledException(),
            "throws" => _ => throw new InvalidOperationException("4242424242424242"),
            _ => _ => Task.CompletedTask,
        };
        cipher.DropsResults = failure == "too-few";
    }
}
