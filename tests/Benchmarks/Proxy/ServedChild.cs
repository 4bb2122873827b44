using E3.Relay.Testing;

namespace E3.Relay.Benchmarks.Proxy;

/// <summary>This program once more, in one of its serving parts.</summary>
internal sealed class ServedChild : IAsyncDisposable
{
    private readonly ChildProgram _program;

    private ServedChild(ChildProgram program, Uri address)
    {
        _program = program;
        Address = address;
    }

    /// <summary>The executable of this program.</summary>
    public static string ThisProgram { get; } = Path.Combine(AppContext.BaseDirectory, typeof(ServedChild).Assembly.GetName().Name!);

    public Uri Address { get; }

    public static async Task<ServedChild> StartAsync(string[] arguments, IReadOnlyDictionary<string, string?> environment)
    {
        ChildProgram program = ChildProgram.Start(ThisProgram, arguments, environment);
        try
        {
            string line = await program.WaitForLineAsync(ServedProgram.ListensOn);
            return new(program, new Uri(line[ServedProgram.ListensOn.Length..]));
        }
        catch
        {
            await program.DisposeAsync();
            throw;
        }
    }

    public ValueTask DisposeAsync() => _program.DisposeAsync();
}
