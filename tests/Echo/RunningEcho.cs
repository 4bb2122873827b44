using E3.Relay.Testing;

namespace E3.Relay.Samples.Echo.Tests;

/// <summary>The built echo on a port of its own.</summary>
public sealed class RunningEcho : IAsyncLifetime
{
    private const string ListensOn = "Echo listens on ";

    public ChildProgram Program { get; private set; } = null!;

    public HttpClient Client { get; } = new(new SocketsHttpHandler { UseProxy = false });

    public int Port => Client.BaseAddress!.Port;

    public static ChildProgram Start(IEnumerable<string> arguments, IReadOnlyDictionary<string, string?>? environment = null) =>
        ChildProgram.Start(StartedPrograms.PathOf("E3.Relay.Samples.Echo"), arguments, environment);

    public static async Task<Uri> AddressAsync(ChildProgram program) =>
        new((await program.WaitForLineAsync(ListensOn))[ListensOn.Length..]);

    public async ValueTask InitializeAsync()
    {
        Program = Start(["--urls", "http://127.0.0.1:0", "--parent-stdin"]);
        Client.BaseAddress = await AddressAsync(Program);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Program.DisposeAsync();
    }
}
