using System.Security.Cryptography;
using E3.Relay.Enclave.Client;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Documents;
using E3.Relay.Helper.State;

namespace E3.Relay.Helper.Development;

/// <summary>Keys and grants of the callers that a development run has: the helper itself, three kinds of application, and two for trying other rules.</summary>
internal sealed class DevelopmentCallers(StateFolder folder, SimulatedAdministrator administrator, ReadOnlyMemory<byte> fleetId, TimeProvider time)
{
    public const string Helper = "helper";

    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(90);
    private static readonly TimeSpan RenewBefore = TimeSpan.FromDays(30);

    // The clocks of module and machine may differ a little.
    private static readonly TimeSpan Backdate = TimeSpan.FromMinutes(5);

    private static readonly (string Name, GrantedOperation[] Operations)[] Applications =
    [
        ("requests", [new(TransformOperation.Encrypt), new(TransformOperation.Verify)]),
        ("masked", [new(TransformOperation.Mask, FirstMax: 0, LastMax: 4)]),
        ("readers", [new(TransformOperation.Decrypt)]),

        // For rules of one's own with any operation; no shipped listener uses them. Still what hides cannot open, and the other way round.
        ("all-requests",
            [
                new(TransformOperation.Encrypt), new(TransformOperation.EncryptDeterministic), new(TransformOperation.Preserve), new(TransformOperation.Verify),
                new(TransformOperation.Rewrap), new(TransformOperation.Hash),
            ]),
        ("all-readers",
            [
                new(TransformOperation.Unpreserve), new(TransformOperation.Decrypt), new(TransformOperation.Rewrap), new(TransformOperation.Mask, FirstMax: 0, LastMax: 4),
            ]),
    ];

    /// <summary>Makes what is missing and renews what is about to end.</summary>
    public void Ensure()
    {
        EnsureHelper();
        foreach ((string name, GrantedOperation[] operations) in Applications)
            Ensure(name, CallerKind.Application, operations);
    }

    /// <summary>The same for the helper's own caller alone, which start-up needs first.</summary>
    public CallerIdentity EnsureHelper()
    {
        Ensure(Helper, CallerKind.Helper, []);
        return CallerIdentity.Load(folder.Caller(Helper));
    }

    private void Ensure(string name, CallerKind kind, GrantedOperation[] operations)
    {
        PrivateFile.CreateFolder(folder.Caller(name));
        using ECDsa key = SimulatedKeys.LoadOrCreate(Path.Combine(folder.Caller(name), CallerIdentity.KeyFileName), ECCurve.NamedCurves.nistP256);
        string grantPath = Path.Combine(folder.Caller(name), CallerIdentity.GrantFileName);
        DateTimeOffset now = time.GetUtcNow();
        var grant = new Grant
        {
            FleetId = fleetId,
            Serial = (ulong)now.ToUnixTimeSeconds(),
            NotBefore = (now - Backdate).ToUnixTimeSeconds(),
            NotAfter = (now + Lifetime).ToUnixTimeSeconds(),
            Kind = kind,
            CallerKey = key.ExportSubjectPublicKeyInfo(),
            Name = name,
            Apps = kind == CallerKind.Application ? [Names.Any] : [],
            Roles = kind == CallerKind.Application ? [Names.Any] : [],
            Operations = operations,
        };
        if (!IsCurrent(grantPath, grant))
            PrivateFile.Write(grantPath, administrator.Sign(grant));
    }

    // A grant that says anything else than one made now would, its times apart, is made again.
    private bool IsCurrent(string path, Grant wanted)
    {
        if (!File.Exists(path)
            || !SignedDocument.TryRead(File.ReadAllBytes(path), out SignedDocument document)
            || !document.IsSignedBy(DocumentKind.Grant, [administrator.PublicKey], 1)
            || !Grant.TryRead(document.Body, out Grant held))
        {
            return false;
        }

        var again = new Grant
        {
            FleetId = wanted.FleetId,
            Serial = held.Serial,
            NotBefore = held.NotBefore,
            NotAfter = held.NotAfter,
            Kind = wanted.Kind,
            CallerKey = wanted.CallerKey,
            Name = wanted.Name,
            Apps = wanted.Apps,
            Roles = wanted.Roles,
            Operations = wanted.Operations,
        };
        long now = time.GetUtcNow().ToUnixTimeSeconds();
        return held.NotBefore <= now && held.NotAfter - now > RenewBefore.TotalSeconds && again.Write().AsSpan().SequenceEqual(document.Body.Span);
    }
}
