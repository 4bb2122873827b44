using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Documents;
using E3.Relay.Helper.Development;
using E3.Relay.Helper.State;
using E3.Relay.Testing;
using Microsoft.Extensions.Time.Testing;

namespace E3.Relay.Helper.Tests.State;

public sealed class DevelopmentFleetTests : IDisposable
{
    private readonly TempFolder _temp = new();
    private readonly FakeTimeProvider _time = new(new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly StateFolder _folder;

    public DevelopmentFleetTests() => _folder = StateFolder.Open(_temp.PathOf("s"));

    public void Dispose()
    {
        _folder.Dispose();
        _temp.Dispose();
    }

    [Fact]
    public void Fleet_OpenedAgain_IsTheSame()
    {
        using var first = DevelopmentFleet.Open(_folder, isEmulated: false, _time);
        byte[] configuration = File.ReadAllBytes(_folder.Configuration);
        using var second = DevelopmentFleet.Open(_folder, isEmulated: false, _time);
        Assert.Equal(first.Configuration.FleetId, second.Configuration.FleetId);
        Assert.Equal(first.Administrator.PublicKey, second.Administrator.PublicKey);
        Assert.Equal(configuration, File.ReadAllBytes(_folder.Configuration));
    }

    [Fact]
    public async Task Grants_AboutToEndWhileTheHelperRuns_AreRenewedAndUsedForTheNextSession()
    {
        using var fleet = DevelopmentFleet.Open(_folder, isEmulated: false, _time);
        using Enclave.Client.CallerIdentity helper = fleet.OpenCaller();
        byte[] held = helper.Grant.ToArray();
        using var stop = new CancellationTokenSource();
        Task renewing = DevelopmentRenewal.RunAsync(fleet, fleet.Publisher(_folder.TrustFile, new(new byte[48], new byte[48], new byte[48])), () => new byte[] { 1 }, _time, stop.Token);
        _time.Advance(DevelopmentRenewal.Interval);
        await TimeBound.UntilAsync(() => File.Exists(_folder.TrustFile), "the trust file");
        helper.Refresh();
        Assert.True(helper.Grant.Span.SequenceEqual(held), "A grant that has weeks left was made anew.");
        _time.Advance(TimeSpan.FromDays(61));
        await TimeBound.UntilAsync(
            () =>
            {
                helper.Refresh();
                return !helper.Grant.Span.SequenceEqual(held);
            },
            "the renewed grant");
        await stop.CancelAsync();
        await renewing;
    }

    [Fact]
    public void Fleet_Secrets_ArePrivate()
    {
        using var fleet = DevelopmentFleet.Open(_folder, isEmulated: false, _time);
        fleet.Callers.Ensure();
        string[] files = Directory.GetFiles(_folder.Path, "*", SearchOption.AllDirectories);
        Assert.Contains(files, static file => file.EndsWith("administrator.key", StringComparison.Ordinal));
        Assert.All(files, static file => Assert.Equal(PrivateFile.Mode, File.GetUnixFileMode(file)));
        Assert.All(Directory.GetDirectories(_folder.Path, "*", SearchOption.AllDirectories), static folder => Assert.Equal(PrivateFile.FolderMode, File.GetUnixFileMode(folder)));
    }

    [Theory]
    [InlineData("administrator.key")]
    [InlineData("kms.key")]
    [InlineData("configuration.json")]
    [InlineData("nsm-root.key")]
    [InlineData("nsm-root.der")]
    public void Fleet_FileSpoiled_IsRefused(string name)
    {
        DevelopmentFleet.Open(_folder, isEmulated: false, _time).Dispose();
        File.WriteAllText(_folder.Simulated(name), "{}");
        Assert.Equal(ExitCode.StateUnusable, Assert.Throws<HelperRefusedException>(() => DevelopmentFleet.Open(_folder, isEmulated: false, _time)).Code);
    }

    [Theory]
    [InlineData("administrator.key")]
    [InlineData("kms.key")]
    [InlineData("nsm-root.key")]
    public void Fleet_KeyLost_IsRefusedRatherThanReplaced(string name)
    {
        DevelopmentFleet.Open(_folder, isEmulated: false, _time).Dispose();
        File.Delete(_folder.Simulated(name));
        Assert.Throws<HelperRefusedException>(() => DevelopmentFleet.Open(_folder, isEmulated: false, _time));
    }

    [Fact]
    public void Grants_Made_SayWhatEachCallerMay()
    {
        using var fleet = DevelopmentFleet.Open(_folder, isEmulated: false, _time);
        fleet.Callers.Ensure();
        Assert.Equal(CallerKind.Helper, Read(fleet, "helper").Kind);
        Assert.Empty(Read(fleet, "helper").Operations);
        Assert.Equal([new(TransformOperation.Encrypt), new(TransformOperation.Verify)], Read(fleet, "requests").Operations);
        Assert.Equal([new(TransformOperation.Mask, 0, 4)], Read(fleet, "masked").Operations);
        Assert.Equal([new(TransformOperation.Decrypt)], Read(fleet, "readers").Operations);
        GrantedOperation[] opening = [new(TransformOperation.Decrypt), new(TransformOperation.Unpreserve)];
        Assert.Empty(Read(fleet, "all-requests").Operations.Intersect(opening));
        Assert.Equal(opening, Read(fleet, "all-readers").Operations.Intersect(opening).Order(Comparer<GrantedOperation>.Create((a, b) => b.Operation.CompareTo(a.Operation))));
        Assert.All((string[])["requests", "masked", "readers", "all-requests", "all-readers"], name => Assert.Equal(CallerKind.Application, Read(fleet, name).Kind));
    }

    [Fact]
    public void Grant_NearItsEnd_IsRenewed()
    {
        using var fleet = DevelopmentFleet.Open(_folder, isEmulated: false, _time);
        fleet.Callers.Ensure();
        Grant first = Read(fleet, "readers");
        _time.Advance(TimeSpan.FromDays(59));
        fleet.Callers.Ensure();
        Assert.Equal(first.Serial, Read(fleet, "readers").Serial);
        _time.Advance(TimeSpan.FromDays(2));
        fleet.Callers.Ensure();
        Grant renewed = Read(fleet, "readers");
        Assert.True(renewed.Serial > first.Serial && renewed.NotAfter > first.NotAfter);
        Assert.Equal(first.CallerKey.ToArray(), renewed.CallerKey.ToArray());
    }

    [Fact]
    public void Grant_OfAnotherCallerOrAdministrator_IsMadeAgain()
    {
        using var fleet = DevelopmentFleet.Open(_folder, isEmulated: false, _time);
        fleet.Callers.Ensure();
        File.Copy(Path.Combine(_folder.Caller("readers"), "grant.e3doc"), Path.Combine(_folder.Caller("masked"), "grant.e3doc"), overwrite: true);
        File.WriteAllBytes(Path.Combine(_folder.Caller("requests"), "grant.e3doc"), [1, 2, 3]);
        fleet.Callers.Ensure();
        Assert.Equal("masked", Read(fleet, "masked").Name);
        Assert.Equal("requests", Read(fleet, "requests").Name);
    }

    private Grant Read(DevelopmentFleet fleet, string name)
    {
        Assert.True(SignedDocument.TryRead(File.ReadAllBytes(Path.Combine(_folder.Caller(name), "grant.e3doc")), out SignedDocument document));
        Assert.True(document.IsSignedBy(DocumentKind.Grant, [fleet.Administrator.PublicKey], 1));
        Assert.True(Grant.TryRead(document.Body, out Grant grant));
        return grant;
    }
}
