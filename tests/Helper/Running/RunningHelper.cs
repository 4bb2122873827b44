using System.Text;
using System.Text.Json;
using E3.Relay.Enclave.Client;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Messages;
using E3.Relay.Enclave.Protocol.Transport;
using E3.Relay.Testing;

namespace E3.Relay.Helper.Tests.Running;

/// <summary>The built helper in a process of its own, on a state folder.</summary>
internal sealed class RunningHelper : IAsyncDisposable
{
    public const string Ready = "E3 3001 ready";
    private static readonly string Executable = Path.Combine(AppContext.BaseDirectory, "E3.Relay.Helper");
    private static readonly Dictionary<string, string?> Development = new() { ["DOTNET_ENVIRONMENT"] = "Development" };

    private RunningHelper(string state, ChildProgram program)
    {
        State = state;
        Program = program;
    }

    public string State { get; }

    public ChildProgram Program { get; }

    public static RunningHelper Start(string state, params string[] more) =>
        new(state, ChildProgram.Start(Executable, ["run", "--state", state, "--parent-stdin", .. more], Development));

    /// <summary>The same as a systemd service with credentials in a folder.</summary>
    public static RunningHelper StartWithCredentials(string state, string credentials, params string[] more) => new(
        state,
        ChildProgram.Start(Executable, ["run", "--state", state, "--parent-stdin", .. more], new Dictionary<string, string?>(Development) { ["CREDENTIALS_DIRECTORY"] = credentials }));

    public static async Task<RunningHelper> StartReadyAsync(string state, params string[] more)
    {
        RunningHelper helper = Start(state, more);
        await helper.Program.WaitForLineAsync(Ready);
        return helper;
    }

    /// <summary>Runs the helper's executable to its end.</summary>
    public static async Task<(int Code, string Output, string Errors)> RunAsync(string[] arguments, string? environment = null, string? credentials = null)
    {
        await using ChildProgram program = ChildProgram.Start(
            Executable, arguments, new Dictionary<string, string?> { ["DOTNET_ENVIRONMENT"] = environment, ["CREDENTIALS_DIRECTORY"] = credentials });
        int code = await program.WaitForExitAsync();
        return (code, string.Join('\n', program.Output), string.Join('\n', program.Errors));
    }

    /// <summary>Runs a command against this helper.</summary>
    public Task<(int Code, string Output, string Errors)> AskAsync(params string[] arguments) => RunAsync([.. arguments, "--state", State]);

    public async Task<JsonElement> StatusAsync()
    {
        (int code, string output, string errors) = await AskAsync("status", "--json");
        Assert.True(output.Length > 0, errors);
        JsonElement status = JsonDocument.Parse(output).RootElement;
        Assert.Equal((int)(status.GetProperty("condition").GetString() == "ready" ? ExitCode.Success : ExitCode.NotReady), code);
        return status;
    }

    public int Count(string part) => Program.Output.Count(line => line.Contains(part, StringComparison.Ordinal));

    /// <summary>Waits until a line was written this many times.</summary>
    public Task UntilAsync(string part, int times) => TimeBound.UntilAsync(() => Count(part) >= times, $"{times} × '{part}'\n{Program.Transcript}");

    public Task<TransformResult> EncryptAsync(string app, string text) => TransformAsync("requests", TransformOperation.Encrypt, app, Encoding.UTF8.GetBytes(text));

    public Task<TransformResult> DecryptAsync(string app, ReadOnlyMemory<byte> token) => TransformAsync("readers", TransformOperation.Decrypt, app, token);

    public async Task<TransformResult> TransformAsync(string caller, TransformOperation operation, string app, ReadOnlyMemory<byte> value, byte maskLast = 0)
    {
        await using OpenClient client = await OpenAsync(caller, new() { Address = EngineAddress, Connections = 1 });
        using var bound = new CancellationTokenSource(TimeBound.Default);
        return Assert.Single(await client.Client.TransformAsync([Group(operation, app, value, maskLast)], bound.Token));
    }

    public static TransformGroup Group(TransformOperation operation, string app, ReadOnlyMemory<byte> value, byte maskLast = 0) =>
        new() { Operation = operation, App = app, Role = "card", KeepLast = maskLast, Items = [new(DataType.String, value)] };

    public EnclaveAddress EngineAddress => EnclaveAddress.TryParse($"unix:{State}/enclave.sock", out EnclaveAddress address) ? address : throw new InvalidOperationException(State);

    /// <summary>A connected client of one of the callers.</summary>
    public async Task<OpenClient> OpenAsync(string caller, EnclaveClientOptions options)
    {
        var opened = new OpenClient(State, caller, options);
        await opened.Client.ConnectAsync(new CancellationTokenSource(TimeBound.Default).Token);
        return opened;
    }

    /// <summary>Ends it as its parent would.</summary>
    public async Task<int> EndAsync()
    {
        Program.CloseInput();
        return await Program.WaitForExitAsync();
    }

    public ValueTask DisposeAsync() => Program.DisposeAsync();
}
