using System.Runtime.InteropServices;
using Net.Pkcs11Interop.HighLevelAPI;

namespace E3.Relay.Helper.Keys.Tokens;

/// <summary>Lets Pkcs11Interop find dlopen: it asks for <c>libdl</c>, a name that since glibc 2.34 only development packages have.</summary>
internal static class Pkcs11Native
{
    private const string Asked = "libdl";
    private const string Present = "libdl.so.2";
    private static readonly Lazy<bool> LazyPrepared = new(static () =>
    {
        NativeLibrary.SetDllImportResolver(typeof(Pkcs11InteropFactories).Assembly, static (name, _, _) => name == Asked ? NativeLibrary.Load(Present) : 0);
        return true;
    });

    /// <summary>To be called before a library is loaded.</summary>
    public static bool Prepare() => LazyPrepared.Value;
}
