using System.Runtime.InteropServices;

namespace E3.Relay.Samples.Echo;

/// <summary>Lives as long as the parent holds our standard input open. Ctrl-C is the parent's affair: it reaches the whole process group.</summary>
internal sealed class ParentLifetime : IHostLifetime, IDisposable
{
    private readonly IHostApplicationLifetime _application;
    private readonly List<PosixSignalRegistration> _signals = [];

    public ParentLifetime(IHostApplicationLifetime application) => _application = application;

    public Task WaitForStartAsync(CancellationToken cancellationToken)
    {
        _signals.Add(PosixSignalRegistration.Create(PosixSignal.SIGINT, context => context.Cancel = true));
        _signals.Add(PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            _application.StopApplication();
        }));

        // Not before: stopping while the host starts is an error of the host. A thread, as reading standard input blocks, also through the Async methods.
        _application.ApplicationStarted.Register(new Thread(StopAtEndOfInput) { IsBackground = true, Name = "standard input" }.Start);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _signals.ForEach(signal => signal.Dispose());

    private void StopAtEndOfInput()
    {
        using var input = Console.OpenStandardInput();
        Span<byte> ignored = stackalloc byte[64];
        while (input.Read(ignored) > 0)
            continue;

        _application.StopApplication();
    }
}
