using System.Globalization;
using E3.Relay.Testing;

namespace E3.Relay.Samples.Echo.Tests;

public sealed class EchoProcessTests
{
    private const int Interrupt = 2;
    private const int Terminate = 15;

    private static readonly string[] AnyPort = ["--urls", "http://127.0.0.1:0"];

    [Fact]
    public async Task ParentStdin_AtEndOfInput_Ends()
    {
        await using var echo = RunningEcho.Start([.. AnyPort, "--parent-stdin"]);
        await RunningEcho.AddressAsync(echo);
        echo.CloseInput();
        Assert.Equal(0, await echo.WaitForExitAsync());
    }

    [Fact]
    public async Task ParentStdin_EndOfInputDuringStart_StillEnds()
    {
        await using var echo = RunningEcho.Start([.. AnyPort, "--parent-stdin"]);
        echo.CloseInput();
        Assert.Equal(0, await echo.WaitForExitAsync());
    }

    [Fact]
    public async Task ParentStdin_Interrupted_GoesOnUntilEndOfInput()
    {
        await using var echo = RunningEcho.Start([.. AnyPort, "--parent-stdin"]);
        var address = await RunningEcho.AddressAsync(echo);
        echo.Signal(Interrupt);
        await HttpWait.ForOkAsync(new Uri(address, "stored"), program: echo);
        echo.CloseInput();
        Assert.Equal(0, await echo.WaitForExitAsync());
    }

    [Fact]
    public async Task ParentStdin_Terminated_Ends()
    {
        await using var echo = RunningEcho.Start([.. AnyPort, "--parent-stdin"]);
        await RunningEcho.AddressAsync(echo);
        echo.Signal(Terminate);
        Assert.Equal(0, await echo.WaitForExitAsync());
    }

    [Fact]
    public async Task Alone_AtEndOfInput_GoesOnUntilInterrupted()
    {
        await using var echo = RunningEcho.Start(AnyPort);
        var address = await RunningEcho.AddressAsync(echo);
        echo.CloseInput();
        await HttpWait.ForOkAsync(new Uri(address, "stored"), program: echo);
        echo.Signal(Interrupt);
        Assert.Equal(0, await echo.WaitForExitAsync());
    }

    [Fact]
    public async Task Address_IsTheEchosOwn_NotThatOfTheParentsEnvironment()
    {
        var port = LoopbackPort.Take();
        await using var echo = RunningEcho.Start([], new Dictionary<string, string?>
        {
            ["ECHO_URLS"] = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"),
            ["ASPNETCORE_URLS"] = "http://127.0.0.1:1",
            ["ASPNETCORE_HTTP_PORTS"] = "1",
        });
        Assert.Equal(port, (await RunningEcho.AddressAsync(echo)).Port);
    }

    [Fact]
    public async Task Address_Taken_SaysSoAndEnds()
    {
        await using var first = RunningEcho.Start(AnyPort);
        var address = await RunningEcho.AddressAsync(first);
        await using var second = RunningEcho.Start(["--urls", address.ToString()]);
        await second.WaitForLineAsync("address already in use");
        Assert.Equal(1, await second.WaitForExitAsync());
    }
}
