using System.Runtime.InteropServices;

namespace E3.Relay.Helper.Audit;

/// <summary>Who acts: the credentials that the kernel noted when a process connected to the admin socket, or those of the helper itself.</summary>
/// <param name="UserId">Its effective user.</param>
/// <param name="GroupId">Its effective group.</param>
/// <param name="ProcessId">The process, which may have ended since.</param>
internal sealed partial record AuditActor(uint UserId, uint GroupId, int ProcessId)
{
    /// <summary>This process.</summary>
    public static AuditActor Self { get; } = new(EffectiveUser(), EffectiveGroup(), Environment.ProcessId);

    /// <summary>True for the user that this process runs as, and for root, whom nothing here could keep out.</summary>
    public bool MayAct => UserId == 0 || UserId == Self.UserId;

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint EffectiveUser();

    [LibraryImport("libc", EntryPoint = "getegid")]
    private static partial uint EffectiveGroup();
}
