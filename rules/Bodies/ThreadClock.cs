using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace E3.Relay.Rules.Bodies;

/// <summary>Limits the processor time of work on one thread. On a machine that is busy with other things, work that is not costly takes long too and is not refused for it.</summary>
internal readonly struct ThreadClock
{
    private const int ThreadProcessorTime = 3;
    private const double NanosecondsOfMillisecond = 1e6;

    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly TimeSpan _used = Used();

    public ThreadClock()
    {
    }

    /// <summary>Whether the thread has worked longer since the clock was made. On systems other than Linux, waiting counts as work.</summary>
    internal bool IsOver(TimeSpan limit)
    {
        TimeSpan elapsed = Stopwatch.GetElapsedTime(_started);
        return elapsed > limit && (!OperatingSystem.IsLinux() || Used() - _used > limit);
    }

    private static TimeSpan Used() =>
        OperatingSystem.IsLinux() && GetTime(ThreadProcessorTime, out TimeSpec time) == 0 ? TimeSpan.FromSeconds(time.Seconds) + TimeSpan.FromMilliseconds(time.Nanoseconds / NanosecondsOfMillisecond) : TimeSpan.Zero;

    // CLOCK_THREAD_CPUTIME_ID of clock_gettime(2). An import that the compiler writes would want unsafe code in a library that reads hostile bodies.
    [SuppressMessage("Interoperability", "SYSLIB1054", Justification = "a generated import is unsafe code")]
    [DllImport("libc", EntryPoint = "clock_gettime", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int GetTime(int clock, out TimeSpec time);

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct TimeSpec
    {
        public readonly nint Seconds;
        public readonly nint Nanoseconds;
    }
}
