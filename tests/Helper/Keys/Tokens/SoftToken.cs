using System.Diagnostics;
using E3.Relay.Helper.Keys.Tokens;
using E3.Relay.Testing;
using Net.Pkcs11Interop.Common;
using Net.Pkcs11Interop.HighLevelAPI;

namespace E3.Relay.Helper.Tests.Keys.Tokens;

/// <summary>One SoftHSM token for the tests of this process. The library reads its configuration once, so all keys of all tests are on it, each under a label of its own.</summary>
internal sealed class SoftToken
{
    public const string Label = "e3-tests";
    public const string Pin = "648219";
    private static readonly Lazy<SoftToken?> LazyToken = new(TryCreate);
    private readonly Pkcs11InteropFactories _factories = new();
    private int _keys;

    private SoftToken(string library) => Library = library;

    public string Library { get; }

    /// <summary>The token; the test is skipped when SoftHSM is not installed.</summary>
    public static SoftToken Require()
    {
        Assert.SkipUnless(LazyToken.Value is not null, "SoftHSM 2 is not installed (.ci/install-tools installs it).");
        return LazyToken.Value!;
    }

    public TokenOptions Options(string key) => new(Library, Label, key);

    /// <summary>Makes a key pair on the token and returns its label.</summary>
    public string CreateKey(int bits = 2048, bool extractable = false)
    {
        string label = $"key-{Interlocked.Increment(ref _keys)}";
        using IPkcs11Library library = _factories.Pkcs11LibraryFactory.LoadPkcs11Library(_factories, Library, AppType.MultiThreaded);
        ISlot slot = library.GetSlotList(SlotsType.WithTokenPresent).Single(static slot => slot.GetTokenInfo().Label.TrimEnd() == Label);
        using var session = slot.OpenSession(SessionType.ReadWrite);
        session.Login(CKU.CKU_USER, Pin);
        Net.Pkcs11Interop.HighLevelAPI.Factories.IObjectAttributeFactory make = _factories.ObjectAttributeFactory;
        using IMechanism mechanism = _factories.MechanismFactory.Create(CKM.CKM_RSA_PKCS_KEY_PAIR_GEN);
        session.GenerateKeyPair(
            mechanism,
            [make.Create(CKA.CKA_TOKEN, true), make.Create(CKA.CKA_LABEL, label), make.Create(CKA.CKA_ENCRYPT, true), make.Create(CKA.CKA_MODULUS_BITS, (ulong)bits), make.Create(CKA.CKA_PUBLIC_EXPONENT, new byte[] { 1, 0, 1 })],
            [make.Create(CKA.CKA_TOKEN, true), make.Create(CKA.CKA_PRIVATE, true), make.Create(CKA.CKA_LABEL, label), make.Create(CKA.CKA_DECRYPT, true), make.Create(CKA.CKA_SENSITIVE, !extractable), make.Create(CKA.CKA_EXTRACTABLE, extractable)],
            out _,
            out _);
        session.Logout();
        return label;
    }

    private static SoftToken? TryCreate()
    {
        Pkcs11Native.Prepare();
        string? library = Array.Find(["/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so"], File.Exists);
        if (library is null)
            return null;

        // Lives as long as the process, like the library's view of it.
        var folder = new TempFolder();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => folder.Dispose();
        Directory.CreateDirectory(folder.PathOf("tokens"));
        File.WriteAllText(folder.PathOf("conf"), $"directories.tokendir = {folder.PathOf("tokens")}\nobjectstore.backend = file\nlog.level = ERROR\n");
        Posix.SetEnvironment("SOFTHSM2_CONF", folder.PathOf("conf"));
        using var init = Process.Start(new ProcessStartInfo("softhsm2-util", ["--init-token", "--free", "--label", Label, "--pin", Pin, "--so-pin", "87654321"])
        {
            Environment = { ["SOFTHSM2_CONF"] = folder.PathOf("conf") },
            RedirectStandardOutput = true,
        })!;
        init.StandardOutput.ReadToEnd();
        init.WaitForExit();
        return init.ExitCode == 0 ? new(library) : null;
    }
}
