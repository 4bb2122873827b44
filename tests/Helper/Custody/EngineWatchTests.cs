using E3.Relay.Enclave.Client;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Helper.Custody;
using E3.Relay.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace E3.Relay.Helper.Tests.Custody;

public sealed class EngineWatchTests
{
    private readonly SupervisionSettings _settings = new() { MemoryBytesMax = 1 << 20 };
    private readonly FakeTimeProvider _time = new();
    private readonly FakeInstance _instance = new();
    private readonly FakeProbe _probe = new();
    private readonly List<string> _wishes = [];

    [Fact]
    public async Task Engine_SilentAndIdle_HangsAfterAFewSeconds()
    {
        Task<string> watching = Start();
        await TicksAsync(_settings.MissedMax);
        Assert.False(watching.IsCompleted);
        await TicksAsync(1);
        Assert.StartsWith("the engine hangs", await watching.WaitAsync(TimeBound.Default), StringComparison.Ordinal);
        Assert.True(_settings.HeartbeatInterval * (_settings.MissedMax + 1) < TimeSpan.FromSeconds(5));
        Assert.True(_probe.Drops == 1, "It was not asked over another session.");
        Assert.Empty(_wishes);
    }

    // An engine of which nobody can see whether it works, and one that works, may be busy.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Engine_SilentAndPerhapsBusy_IsReplacedLateAndNeverGivenUp(bool isVisible)
    {
        _instance.Activity = isVisible ? TimeSpan.Zero : null;
        Task<string> watching = Start();
        await TicksAsync(_settings.MissedWorkingMax - 1, workMs: 100);
        Assert.Empty(_wishes);
        await TicksAsync(10, workMs: 100);
        Assert.NotEmpty(_wishes);
        Assert.False(watching.IsCompleted);
    }

    [Fact]
    public async Task Engine_ThatAnswersNowAndThen_IsLeftAlone()
    {
        Task<string> watching = Start();
        for (int i = 0; i < 5; i++)
        {
            _probe.Answer = null;
            await _probe.DropAsync();
            await TicksAsync(_settings.MissedMax - 1);
            _probe.Answer = static () => Task.FromResult(FakeProbe.Reading());
            await _probe.DropAsync();
            await TicksAsync(2);
        }

        Assert.False(watching.IsCompleted);
        Assert.Empty(_wishes);
    }

    [Fact]
    public async Task Engine_ThatRefuses_Answers()
    {
        _probe.Answer = static () => Task.FromException<Helper.Statistics.EngineReading>(new EnclaveException(ErrorCode.Busy));
        Task<string> watching = Start();
        await TicksAsync(_settings.MissedMax * 3);
        Assert.False(watching.IsCompleted);
    }

    [Fact]
    public async Task Engine_ThatNobodyCanConnectTo_Hangs()
    {
        _probe.Answer = static () => Task.FromException<Helper.Statistics.EngineReading>(new EnclaveUnavailableException("no session can be opened"));
        Task<string> watching = Start();
        await TicksAsync(_settings.MissedMax + 1);
        Assert.StartsWith("the engine hangs", await watching.WaitAsync(TimeBound.Default), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Intervals_InWhichThisProgramWasHeldUp_DoNotCount()
    {
        Task<string> watching = Start();
        for (int i = 0; i < 10; i++)
            await AdvanceAsync(3 * _settings.HeartbeatInterval);
        Assert.False(watching.IsCompleted);
    }

    [Fact]
    public async Task Engine_OverItsMemory_IsToBeReplaced()
    {
        _probe.Answer = static () => Task.FromResult(FakeProbe.Reading(residentBytes: 3 << 20));
        Task<string> watching = Start();
        await TicksAsync(2);
        Assert.Equal("the engine uses 3 MiB, over its limit of 1 MiB", _wishes[0]);
        Assert.False(watching.IsCompleted);
    }

    [Fact]
    public async Task Engine_Ended_IsToldWithItsExitCode()
    {
        Task<string> watching = Start();
        _instance.Terminate();
        Assert.Equal("the engine ended: exit code 137", await watching.WaitAsync(TimeBound.Default));
    }

    private Task<string> Start() => new EngineWatch(new(_instance), _probe, _settings, _wishes.Add, _time, NullLogger.Instance).RunAsync(TestContext.Current.CancellationToken);

    private async Task TicksAsync(int count, int workMs = 0)
    {
        for (int i = 0; i < count; i++)
        {
            _instance.Activity += TimeSpan.FromMilliseconds(workMs);
            await AdvanceAsync(_settings.HeartbeatInterval);
        }
    }

    // What runs on the fake clock runs on real threads.
    private async Task AdvanceAsync(TimeSpan by)
    {
        await Task.Delay(10, TestContext.Current.CancellationToken);
        _time.Advance(by);
        await Task.Delay(10, TestContext.Current.CancellationToken);
    }
}
