using System.Security.Cryptography;
using System.Text;

namespace E3.Relay.Helper.Tee;

/// <summary>What the process driver puts in the place of a measured image: SHA-384 digests of the program and of its configuration.</summary>
internal sealed record TeeMeasurement(byte[] Pcr0, byte[] Pcr1, byte[] Pcr2)
{
    /// <summary>Measures a program and the configuration file that it will be given.</summary>
    public static TeeMeasurement Of(string executable, string configurationFile)
    {
        byte[] program = Program(executable);
        return new(program, program, SHA384.HashData(File.ReadAllBytes(configurationFile)));
    }

    // The executable of a managed program is a small host that is the same for all of them: what it loads lies beside it. A native one is measured alone.
    private static byte[] Program(string executable)
    {
        if (!File.Exists($"{executable}.dll"))
            return Digest(executable);
        string folder = Path.GetDirectoryName(executable)!;
        IEnumerable<string> names = Directory.EnumerateFiles(folder, "*.dll").Concat(Directory.EnumerateFiles(folder, "*.json")).Append(executable).Select(file => Path.GetFileName(file));
        var listing = new StringBuilder();
        foreach (string name in names.Order(StringComparer.Ordinal))
            listing.Append(Convert.ToHexStringLower(Digest(Path.Combine(folder, name)))).Append("  ").Append(name).Append('\n');
        return SHA384.HashData(Encoding.UTF8.GetBytes(listing.ToString()));
    }

    private static byte[] Digest(string file)
    {
        using FileStream stream = File.OpenRead(file);
        return SHA384.HashData(stream);
    }
}
