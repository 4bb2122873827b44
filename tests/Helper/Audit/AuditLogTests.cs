using System.Text;
using E3.Relay.Helper.Audit;
using E3.Relay.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace E3.Relay.Helper.Tests.Audit;

public sealed class AuditLogTests : IDisposable
{
    private readonly TempFolder _temp = new();
    private readonly FakeTimeProvider _time = new(new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));

    private AuditFolder Folder => new(_temp.PathOf("audit"));

    public void Dispose() => _temp.Dispose();

    [Fact]
    public void Acts_Recorded_AreAChainThatIsIntactAlsoAfterItIsOpenedAgain()
    {
        Record(3);
        Record(2);
        AuditReport report = Verify();
        Assert.Equal((true, 10L, 1, 0, null), (report.Intact, report.Records, report.Files, report.Unfinished, report.Problem));
        Assert.Equal(Folder.ReadHead()!.ToString(), report.Head);
        string first = File.ReadAllLines(Folder.Files()[0])[0];
        Assert.Equal(
            $"{{\"number\":1,\"time\":\"2026-03-01T12:00:00+00:00\",\"userId\":{AuditActor.Self.UserId},\"groupId\":{AuditActor.Self.GroupId},\"processId\":{Environment.ProcessId},\"act\":\"POST /apps/{{name}}\",\"target\":\"/apps/a0\",\"outcome\":\"begun\",\"previous\":\"{new string('0', 64)}\"}}",
            first);
    }

    [Fact]
    public void Act_BegunAndNotEnded_IsCounted()
    {
        using (AuditLog log = Open())
            log.Begin(AuditActor.Self, "act", null);
        Assert.Equal((true, 1), (Verify().Intact, Verify().Unfinished));
    }

    [Fact]
    public void Files_Full_AreFollowedByTheNext()
    {
        Record(10, fileBytesMax: 600);
        AuditReport report = Verify();
        Assert.True(report.Intact, report.Problem);
        Assert.True(report.Files > 3);
        Assert.Equal(20, report.Records);
        Record(1, fileBytesMax: 600);
        Assert.Equal(22, Verify().Records);
    }

    [Fact]
    public void Records_ChangedAnywhere_AreNoticed()
    {
        Record(4);
        string path = Folder.Files()[0];
        byte[] whole = File.ReadAllBytes(path);
        for (int i = 0; i < whole.Length; i += 7)
        {
            byte[] bent = [.. whole];
            bent[i] ^= 1;
            File.WriteAllBytes(path, bent);
            Assert.False(Verify().Intact, $"byte {i}");
        }
    }

    [Fact]
    public void Records_CutOff_AreNoticedWithTheHeadThatIsKept()
    {
        Record(4);
        string path = Folder.Files()[0];
        string[] lines = File.ReadAllLines(path);
        for (int kept = 0; kept < lines.Length; kept++)
        {
            File.WriteAllText(path, string.Concat(lines[..kept].Select(static line => line + "\n")));
            AuditReport report = Verify();
            Assert.False(report.Intact);
            Assert.Contains("cut short", report.Problem, StringComparison.Ordinal);
        }
    }

    // Whoever owns the folder can do that. The heads in the helper's log, which goes elsewhere, tell.
    [Fact]
    public void Log_WrittenAnew_IsNoticedWithANotedHeadOnly()
    {
        Record(4);
        AuditHead noted = Folder.ReadHead()!;
        Directory.Delete(Folder.Path, recursive: true);
        Record(2);
        Assert.True(Verify().Intact);
        Assert.Contains("cut short", Verify(noted).Problem, StringComparison.Ordinal);
        Record(8);
        Assert.Contains("not the one that was noted", Verify(noted).Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("swap")]
    [InlineData("drop")]
    [InlineData("repeat")]
    [InlineData("insert")]
    public void Records_Rearranged_AreNoticed(string how)
    {
        Record(4);
        string path = Folder.Files()[0];
        List<string> lines = [.. File.ReadAllLines(path)];
        switch (how)
        {
            case "swap":
                (lines[2], lines[3]) = (lines[3], lines[2]);
                break;
            case "drop":
                lines.RemoveAt(2);
                break;
            case "repeat":
                lines.Insert(3, lines[2]);
                break;
            default:
                lines.Insert(3, "{}");
                break;
        }

        File.WriteAllText(path, string.Concat(lines.Select(static line => line + "\n")));
        Assert.False(Verify().Intact);
    }

    [Theory]
    [InlineData("head")]
    [InlineData("file")]
    public void Files_Missing_AreNoticed(string which)
    {
        Record(10, fileBytesMax: 600);
        File.Delete(which == "head" ? Folder.HeadFile : Folder.Files()[1]);
        Assert.False(Verify().Intact);
        using AuditLog log = Open();
        Assert.NotNull(log.Broken);
    }

    [Fact]
    public void Log_ThatIsNotIntact_AcceptsNothing()
    {
        Record(2);
        File.AppendAllText(Folder.Files()[0], "x\n");
        using AuditLog log = Open();
        Assert.Throws<AuditException>(() => log.Begin(AuditActor.Self, "act", null));
        Assert.Contains("malformed", log.Broken, StringComparison.Ordinal);
    }

    // The helper died while it wrote: the act was not begun.
    [Fact]
    public void Line_WithoutItsEnd_IsLeftOutAndTheLogGoesOn()
    {
        Record(2);
        File.AppendAllText(Folder.Files()[0], "{\"number\":5,\"time\":\"2026");
        Assert.True(Verify().Intact);
        Record(1);
        AuditReport report = Verify();
        Assert.Equal((true, 6L), (report.Intact, report.Records));
    }

    // It died between the record and the head.
    [Fact]
    public void Head_OneBehind_IsIntact()
    {
        Record(2);
        byte[] before = File.ReadAllBytes(Folder.HeadFile);
        using (AuditLog log = Open())
            log.Begin(AuditActor.Self, "act", null);
        File.WriteAllBytes(Folder.HeadFile, before);
        Assert.Equal((true, 5L), (Verify().Intact, Verify().Records));
    }

    [Fact]
    public void Record_ThatCannotBeWritten_IsRefusedAndSoIsAllAfterIt()
    {
        using AuditLog log = Open();
        log.End(AuditActor.Self, "act", null, "done", log.Begin(AuditActor.Self, "act", null));
        Directory.Delete(Folder.Path, recursive: true);
        Assert.Throws<AuditException>(() => log.Begin(AuditActor.Self, "act", null));
        Directory.CreateDirectory(Folder.Path);
        Assert.Throws<AuditException>(() => log.Begin(AuditActor.Self, "act", null));
    }

    [Theory]
    [InlineData("")]
    [InlineData("1")]
    [InlineData("1:")]
    [InlineData("-1:0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("1:000000000000000000000000000000000000000000000000000000000000000G")]
    [InlineData("1:00000000000000000000000000000000000000000000000000000000000000000")]
    public void Head_Malformed_IsNone(string text) => Assert.False(AuditHead.TryParse(text, out _));

    [Fact]
    public void Target_WithAnything_StaysOneLine()
    {
        using (AuditLog log = Open())
            log.Begin(AuditActor.Self, "act", "/a\n\"b\"\u2028\u0000");
        Assert.Single(File.ReadAllLines(Folder.Files()[0]));
        Assert.True(Verify().Intact);
        Assert.DoesNotContain(Encoding.UTF8.GetString([0xe2, 0x80, 0xa8]), File.ReadAllText(Folder.Files()[0]), StringComparison.Ordinal);
    }

    private AuditLog Open(long fileBytesMax = AuditLog.DefaultFileBytesMax) => AuditLog.Open(Folder, _time, NullLogger.Instance, fileBytesMax);

    private void Record(int acts, long fileBytesMax = AuditLog.DefaultFileBytesMax)
    {
        using AuditLog log = Open(fileBytesMax);
        for (int i = 0; i < acts; i++)
        {
            long number = log.Begin(AuditActor.Self, "POST /apps/{name}", $"/apps/a{i}");
            log.End(AuditActor.Self, "POST /apps/{name}", $"/apps/a{i}", "done", number);
        }
    }

    private AuditReport Verify(params AuditHead[] noted) => AuditVerifier.Run(Folder, noted).Report(Folder);
}
