using System.CommandLine;
using E3.Relay.Helper;
using E3.Relay.Helper.Commands;

try
{
    // Signals are handled where it is known what they mean.
    RootCommand command = CommandLine.Create(RunAsync);
    return await command.Parse(args).InvokeAsync(new() { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
}
catch (HelperRefusedException e)
{
    Console.Error.WriteLine(e.Message);
    return (int)e.Code;
}
catch (Exception e) when (e is IOException or UnauthorizedAccessException)
{
    Console.Error.WriteLine(e.Message);
    return (int)ExitCode.StateUnusable;
}

static async Task<int> RunAsync(RunSettings settings)
{
    using ILoggerFactory loggers = LoggerFactory.Create(static builder =>
    {
        builder.Services.AddSingleton(TimeProvider.System);
        builder.AddConsole(static options => options.FormatterName = EventLineFormatter.FormatterName).AddConsoleFormatter<EventLineFormatter, Microsoft.Extensions.Logging.Console.ConsoleFormatterOptions>();
    });
    return await new RunCommand(settings, TimeProvider.System, loggers.CreateLogger("E3.Relay.Helper")).RunAsync();
}
