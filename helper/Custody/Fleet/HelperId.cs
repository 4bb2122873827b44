using E3.Relay.Helper.State;

namespace E3.Relay.Helper.Custody.Fleet;

/// <summary>What a helper is called in the register: a random number in its state folder, which one helper at a time holds.</summary>
internal static class HelperId
{
    /// <summary>Reads it, or makes it on the first run.</summary>
    /// <exception cref="HelperRefusedException">The file is none.</exception>
    public static Guid LoadOrCreate(string path)
    {
        if (!File.Exists(path))
            PrivateFile.Write(path, System.Text.Encoding.ASCII.GetBytes(Guid.NewGuid().ToString()));
        return Guid.TryParse(File.ReadAllText(path), out Guid id) ? id : throw new HelperRefusedException(ExitCode.StateUnusable, $"{path} is not the number of a helper.");
    }
}
