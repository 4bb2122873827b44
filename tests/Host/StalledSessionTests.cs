using System.Diagnostics;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Documents;
using E3.Relay.Enclave.Protocol.Messages;

namespace E3.Relay.Enclave.Host.Tests;

/// <summary>Open sessions that take their time.</summary>
public sealed class StalledSessionTests
{
    private static readonly TimeSpan HandshakeBound = TimeSpan.FromMilliseconds(ProtocolLimits.HandshakeTimeoutMs);
    private static readonly TimeSpan StallBound = TimeSpan.FromMilliseconds(ProtocolLimits.StallTimeoutMs);
    private static readonly TimeSpan Early = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Late = TimeSpan.FromSeconds(8);

    [Fact]
    public async Task Session_ThatSendsHalfAFrame_IsDroppedAfterTheStallBound()
    {
        await using RunningHost host = await RunningHost.ReadyAsync();
        await using HostConnection connection = await host.OpenAsync(new GrantedOperation(TransformOperation.Encrypt));
        byte[] frame = connection.EncryptFrame();
        long start = Stopwatch.GetTimestamp();
        await connection.WriteAsync([.. HostConnection.Prefix((uint)frame.Length), .. frame[..^10]]);
        await connection.AssertClosedAsync();
        Assert.InRange(Stopwatch.GetElapsedTime(start), StallBound - Early, StallBound + Late);
    }

    [Fact]
    public async Task Session_SilentBetweenFrames_IsKeptBeyondTheHandshakeBound()
    {
        await using RunningHost host = await RunningHost.ReadyAsync();
        await using HostConnection connection = await host.OpenAsync(new GrantedOperation(TransformOperation.Encrypt));
        await Task.Delay(2 * HandshakeBound);
        Assert.Equal(ErrorCode.None, (await connection.TransformAsync(TransformOperation.Encrypt, "4242424242424242")).Code);
    }

    // Twelve answers of the security module of a second each, which is more than a peer may take for its own part.
    [Fact]
    public async Task Call_ThatTakesTheEngineLongerThanTheStallBound_IsAnswered()
    {
        await using RunningHost host = await RunningHost.ReadyAsync();
        await using HostConnection helper = await host.OpenAsync();
        KeyPurpose[] symmetric = [KeyPurpose.Deterministic, KeyPurpose.FormatPreserving, KeyPurpose.Hash];
        KeyRequest[] requests = [.. Enumerable.Range(0, 4).SelectMany(app => symmetric.Select(purpose => new KeyRequest($"slow-{app}", purpose)))];
        host.ModuleDelay = StallBound / 10;
        long start = Stopwatch.GetTimestamp();
        await host.CreateKeysAsync(helper, requests);
        Assert.True(Stopwatch.GetElapsedTime(start) > StallBound);
    }

    // Its answers fill the socket, and then nothing more is read from it either: no queue grows in the engine.
    [Fact]
    public async Task Session_ThatReadsNoAnswers_IsDroppedAfterTheStallBound_AndKeepsNobodyWaiting()
    {
        await using RunningHost host = await RunningHost.ReadyAsync();
        await using HostConnection deaf = await host.OpenAsync(new GrantedOperation(TransformOperation.Encrypt));
        await using HostConnection other = await host.OpenAsync(new GrantedOperation(TransformOperation.Encrypt));
        byte[] frame = deaf.EncryptFrame(ProtocolLimits.FieldsMax);
        await deaf.WriteAsync([.. HostConnection.Prefix((uint)frame.Length), .. frame]);
        Assert.Equal(ErrorCode.None, (await other.TransformAsync(TransformOperation.Encrypt, "4242424242424242")).Code);
        await Task.Delay(StallBound + Early);
        await Assert.ThrowsAnyAsync<IOException>(async () =>
        {
            await deaf.ReadAnswerAsync();
            await deaf.WriteAsync(frame);
            await deaf.ReadAnswerAsync();
        });
        Assert.Equal(ErrorCode.None, (await other.TransformAsync(TransformOperation.Encrypt, "4242424242424242")).Code);
    }
}
