using System.Globalization;
using E3.Relay.Helper.Store;

namespace E3.Relay.Helper.Backup;

/// <summary>What people are told of a backup.</summary>
internal sealed record BackupReport(string FleetId, DateTimeOffset Created, long Generation, int Entries, int Apps, string ChainHead)
{
    public static BackupReport Of(BackupHeader header, StoreState state) => new(header.FleetId, header.Created, header.Generation, header.Entries, state.Snapshot.Apps.Count, header.ChainHead);

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"fleet {FleetId}, {Entries} sealed entries of {Apps} apps, chain head {ChainHead}, of {Created:yyyy-MM-ddTHH:mm:ssZ}");
}
