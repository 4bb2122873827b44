using System.Globalization;

namespace E3.Relay.Helper.Tee;

/// <summary>Reads from <c>/proc</c> how much of the processor a process had and wanted.</summary>
internal static class ProcessActivity
{
    /// <summary>
    /// The time that the threads of a process ran or stood in a run queue (the first two numbers of <c>/proc/PID/task/TID/schedstat</c>, in nanoseconds); null when there is no such process, or the
    /// kernel does not say.
    /// </summary>
    public static TimeSpan? Read(int process)
    {
        try
        {
            long nanoseconds = 0;
            foreach (string task in Directory.EnumerateDirectories(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/task")))
                nanoseconds = checked(nanoseconds + OfTask(Path.Combine(task, "schedstat")));
            return TimeSpan.FromTicks(nanoseconds / TimeSpan.NanosecondsPerTick);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            return null;
        }
    }

    private static long OfTask(string path)
    {
        try
        {
            string[] numbers = File.ReadAllText(path).Split(' ');
            return numbers.Length < 2 ? throw new FormatException() : checked(long.Parse(numbers[0], CultureInfo.InvariantCulture) + long.Parse(numbers[1], CultureInfo.InvariantCulture));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            // A thread that ended meanwhile.
            return 0;
        }
    }
}
