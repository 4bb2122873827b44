using System.Net.Sockets;
using E3.Relay.Enclave.Protocol.Transport;
using E3.Relay.Helper.Tee;
using E3.Relay.Helper.Tee.Nitro;
using E3.Relay.Helper.Tests.Eif;
using E3.Relay.Testing;

namespace E3.Relay.Helper.Tests.Tee;

public sealed class NitroTeeDriverTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly FakeNitroDriver _kernel = new();
    private readonly List<EnclaveAddress> _published = [];
    private uint _heartbeatCid = 16;
    private byte[] _heartbeat = [0xB7];
    private NitroSettings _settings = new() { MemoryMiB = 64 };

    private string HeartbeatSocket => _folder.PathOf("heartbeat");

    public void Dispose()
    {
        _kernel.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Start_EverythingThere_RunsTheImageAndListensAfterItsHeartbeat()
    {
        _kernel.Started = _ => SendHeartbeat();
        using NitroTeeDriver driver = CreateDriver();
        byte[] image = EifSamples.Image.Write();

        await using (ITeeInstance instance = await StartAsync(driver, image))
        {
            await instance.Listening.WaitAsync(TimeBound.Default, TestContext.Current.CancellationToken);
            driver.Publish(instance);

            Assert.Equal("vsock:16:5000", Assert.Single(_published).Text);
            Assert.Equal(image, _kernel.Read(FakeNitroDriver.ImageOffset, image.Length));
            Assert.Equal(32, _kernel.DonatedBytes.Count);
            Assert.False(_kernel.StartedInDebug);
            Assert.Equal(
                [NitroRequest.CreateVm, NitroRequest.GetImageLoadInfo, NitroRequest.SetUserMemoryRegion, NitroRequest.AddVcpu, NitroRequest.AddVcpu, NitroRequest.StartEnclave],
                _kernel.Calls.Where((call, i) => call != NitroRequest.SetUserMemoryRegion || _kernel.Calls[i - 1] != call));
            Assert.False(instance.Exited.IsCompleted);
        }

        Assert.Equal((0, 0), (_kernel.OpenDescriptors, _kernel.MappedPages));
    }

    [Fact]
    public async Task Enclave_ThatHangsUp_HasExited()
    {
        _kernel.Started = _ => SendHeartbeat();
        using NitroTeeDriver driver = CreateDriver();
        await using ITeeInstance instance = await StartAsync(driver);
        await instance.Listening.WaitAsync(TimeBound.Default, TestContext.Current.CancellationToken);

        _kernel.HangUp();

        await instance.Exited.WaitAsync(TimeBound.Default, TestContext.Current.CancellationToken);
        Assert.Equal("the enclave hung up", instance.Ending);
        Assert.Equal((0, 0), (_kernel.OpenDescriptors, _kernel.MappedPages));
    }

    [Fact]
    public async Task Enclave_ThatDiesBeforeItsHeartbeat_HasExitedAndTheNextCanStart()
    {
        _kernel.Started = _ => _kernel.HangUp();
        using NitroTeeDriver driver = CreateDriver();
        await using ITeeInstance instance = await StartAsync(driver);

        await instance.Exited.WaitAsync(TimeBound.Default, TestContext.Current.CancellationToken);
        Assert.False(instance.Listening.IsCompleted);
        await instance.DisposeAsync();

        // The port of the heartbeat is free again, and so is the turn: the next start gets as far as the kernel.
        HelperRefusedException refused = await Assert.ThrowsAsync<HelperRefusedException>(() => StartAsync(driver, kernelError: (NitroRequest.CreateVm, NitroError.DeviceBusy)));
        Assert.Contains("somebody else uses it", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new byte[] { 0xB6 })]
    [InlineData(new byte[0])]
    public async Task Enclave_WithAnotherHeartbeat_IsEnded(byte[] heartbeat)
    {
        _heartbeat = heartbeat;
        _kernel.Started = _ => SendHeartbeat();
        using NitroTeeDriver driver = CreateDriver();
        await using ITeeInstance instance = await StartAsync(driver);

        await instance.Exited.WaitAsync(TimeBound.Default, TestContext.Current.CancellationToken);
        Assert.Contains("not the one expected", instance.Ending, StringComparison.Ordinal);
        Assert.False(instance.Listening.IsCompleted);
        Assert.Equal(0, _kernel.OpenDescriptors);
    }

    [Fact]
    public async Task Heartbeat_OfAnotherEnclave_IsNotTakenForThisOne()
    {
        _heartbeatCid = 17;
        _kernel.Started = _ => SendHeartbeat();
        using NitroTeeDriver driver = CreateDriver();
        await using ITeeInstance instance = await StartAsync(driver);

        await Task.Delay(300, TestContext.Current.CancellationToken);
        Assert.False(instance.Listening.IsCompleted);
        _heartbeatCid = 16;
        SendHeartbeat();
        await instance.Listening.WaitAsync(TimeBound.Default, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Enclave_ThatHangs_IsEndedWhenToldTo()
    {
        using NitroTeeDriver driver = CreateDriver();
        ITeeInstance instance = await StartAsync(driver);
        Assert.False(instance.Listening.IsCompleted);

        await instance.EndAsync(TimeSpan.FromSeconds(1)).WaitAsync(TimeBound.Default, TestContext.Current.CancellationToken);

        Assert.True(instance.Exited.IsCompleted);
        await instance.DisposeAsync();
        Assert.Equal((0, 0), (_kernel.OpenDescriptors, _kernel.MappedPages));
    }

    [Fact]
    public async Task Heartbeat_ThatDoesNotCome_EndsTheEnclaveAfterItsTime()
    {
        NitroEnclave enclave = NitroEnclave.Create(_kernel, _settings, EifSamples.Image.Write());
        enclave.Start(0, debug: false);
        Assert.True(EnclaveAddress.TryParse("vsock:16:5000", out EnclaveAddress address));
        await using var instance = NitroTeeInstance.Watch(enclave, address, static (_, token) => Task.Delay(Timeout.Infinite, token), TimeSpan.FromMilliseconds(50));

        await instance.Exited.WaitAsync(TimeBound.Default, TestContext.Current.CancellationToken);
        Assert.Equal("no heartbeat came from it", instance.Ending);
    }

    public static TheoryData<int> Errnos => [.. Enum.GetValues<NitroError>().Select(static error => (int)error), 999];

    [Theory]
    [MemberData(nameof(Errnos))]
    public async Task Start_CallRefused_SaysWhatToDoAndLeavesNothingBehind(int errno)
    {
        foreach (NitroRequest request in Enum.GetValues<NitroRequest>())
        {
            using var kernel = new FakeNitroDriver();
            kernel.Errors[request] = errno;
            using NitroTeeDriver driver = CreateDriver(kernel);
            HelperRefusedException refused = await Assert.ThrowsAsync<HelperRefusedException>(() => StartAsync(driver));
            Assert.Equal(ExitCode.TeeUnavailable, refused.Code);
            Assert.Contains(NitroRefusal.Meaning((NitroError)errno), refused.Message, StringComparison.Ordinal);
            Assert.Equal((0, 0), (kernel.OpenDescriptors, kernel.MappedPages));
        }

        Assert.Equal(errno == 999, NitroRefusal.Meaning((NitroError)errno).Contains("does not document", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(NitroError.DeviceMissing)]
    [InlineData(NitroError.AccessDenied)]
    public async Task Start_DeviceNotUsable_SaysWhatToDo(object error)
    {
        _kernel.OpenError = (int)error;
        using NitroTeeDriver driver = CreateDriver();
        HelperRefusedException refused = await Assert.ThrowsAsync<HelperRefusedException>(() => StartAsync(driver));
        Assert.Contains(NitroRefusal.Meaning((NitroError)error), refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_OddVcpusOrTooFewPages_IsRefusedWithTheReason()
    {
        _settings = _settings with { Vcpus = 1 };
        using NitroTeeDriver driver = CreateDriver();
        Assert.Contains("whole cores", (await Assert.ThrowsAsync<HelperRefusedException>(() => StartAsync(driver))).Message, StringComparison.Ordinal);

        using var poor = new FakeNitroDriver { SmallPages = 31 };
        using NitroTeeDriver second = CreateDriver(poor);
        Assert.Contains("2 MiB are missing", (await Assert.ThrowsAsync<HelperRefusedException>(() => StartAsync(second))).Message, StringComparison.Ordinal);
        Assert.Equal(0, poor.MappedPages);
    }

    [Fact]
    public async Task Start_ImageThatIsNone_IsRefusedBeforeTheKernelIsAsked()
    {
        using NitroTeeDriver driver = CreateDriver();
        await Assert.ThrowsAsync<HelperRefusedException>(() => StartAsync(driver, [1, 2, 3]));
        await Assert.ThrowsAsync<HelperRefusedException>(() => driver.StartAsync(new(_folder.PathOf("missing"), ""), CancellationToken.None));
        Assert.Empty(_kernel.Calls);
    }

    [Fact]
    public void Create_ImageTooLargeForTheMemory_IsRefused() =>
        Assert.Contains("4 times", Assert.Throws<HelperRefusedException>(() => NitroEnclave.Create(_kernel, _settings, new byte[17 << 20])).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(0, 40, 64, 0, 32)]
    [InlineData(1, 40, 1024 + 64, 1, 32)]
    [InlineData(2, 10, 1024 + 64, 2, 0)]
    [InlineData(3, 1024, 2048, 2, 0)]
    public void Reserve_Pages_AreTheLargestAndNoneTooMany(int large, int small, int mebibytes, int largeTaken, int smallTaken)
    {
        _kernel.LargePages = large;
        _kernel.SmallPages = small;
        using var memory = NitroMemory.Reserve(_kernel, (long)mebibytes << 20);
        Assert.Equal(
            (largeTaken, smallTaken),
            (memory.Regions.Count(static region => region.Bytes == NitroMemory.PageBytesLarge), memory.Regions.Count(static region => region.Bytes == NitroMemory.PageBytesSmall)));
    }

    [Fact]
    public void Write_OverTheBordersOfRegions_IsWhole()
    {
        using var memory = NitroMemory.Reserve(_kernel, 64L << 20);
        byte[] bytes = [.. Enumerable.Range(0, 5 << 20).Select(static i => (byte)(i % 251))];
        memory.Write((9L << 20) + 3, bytes);

        var read = new List<byte>();
        foreach ((nint address, long length) in memory.Regions)
            read.AddRange(_kernel.Memory(address, (int)length));
        Assert.Equal(bytes, read.Skip((9 << 20) + 3).Take(bytes.Length));
        Assert.DoesNotContain(read.Take((9 << 20) + 3), static value => value != 0);
        Assert.Throws<HelperRefusedException>(() => memory.Write(62L << 20, bytes));
    }

    [Theory]
    [InlineData(1, 1, 180)]
    [InlineData(7L << 30, 64L << 20, 270)]
    [InlineData(1, 101L << 30, 270)]
    public void HeartbeatTimeout_OfSizes_IsThatOfTheReferenceTool(long image, long memory, int seconds) =>
        Assert.Equal(seconds, NitroTeeDriver.HeartbeatTimeout(image, memory).TotalSeconds);

    [Fact]
    public void Settings_OutOfBounds_AreAllNamed()
    {
        Assert.Empty(new NitroSettings().Problems());
        Assert.Equal(3, new NitroSettings { MemoryMiB = 63, Vcpus = 0, Cid = 3 }.Problems().Count());
    }

    private NitroTeeDriver CreateDriver(FakeNitroDriver? kernel = null) => new(
        _settings,
        kernel ?? _kernel,
        () =>
        {
            File.Delete(HeartbeatSocket);
            return new HeartbeatListener(new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified), new UnixDomainSocketEndPoint(HeartbeatSocket), _ => _heartbeatCid);
        },
        _published.Add);

    private async Task<ITeeInstance> StartAsync(NitroTeeDriver driver, byte[]? image = null, (NitroRequest Request, NitroError Error)? kernelError = null)
    {
        string path = _folder.PathOf("image.eif");
        await File.WriteAllBytesAsync(path, image ?? EifSamples.Image.Write(), TestContext.Current.CancellationToken);
        if (kernelError is { } error)
            _kernel.Errors[error.Request] = (int)error.Error;
        return await driver.StartAsync(new TeeImage(path, ""), TestContext.Current.CancellationToken);
    }

    // As the engine does: sends its byte, and goes on when it has come back.
    private void SendHeartbeat() => _ = Task.Run(async () =>
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(HeartbeatSocket), TestContext.Current.CancellationToken);
        if (_heartbeat.Length > 0)
            await socket.SendAsync(_heartbeat, TestContext.Current.CancellationToken);
        else
            socket.Shutdown(SocketShutdown.Both);
        byte[] echo = new byte[1];
        if (await socket.ReceiveAsync(echo, TestContext.Current.CancellationToken) == 1)
            Assert.Equal(_heartbeat, echo);
    });
}
