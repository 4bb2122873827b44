using E3.Relay.Helper.State;
using E3.Relay.Testing;

namespace E3.Relay.Helper.Tests.State;

public sealed class StateFolderTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Folder_New_IsPrivate()
    {
        using var folder = StateFolder.Open(_folder.PathOf("state"));
        Assert.Equal(PrivateFile.FolderMode, File.GetUnixFileMode(folder.Path));
        Assert.Equal(PrivateFile.FolderMode, File.GetUnixFileMode(folder.Simulated("")));
        Assert.Equal(PrivateFile.FolderMode, File.GetUnixFileMode(folder.Caller("")));
        Assert.Equal(PrivateFile.Mode, File.GetUnixFileMode(Path.Combine(folder.Path, "lock")));
    }

    [Fact]
    public void Folder_OpenToOthers_IsClosedToThem()
    {
        string path = _folder.PathOf("state");
        Directory.CreateDirectory(path, PrivateFile.FolderMode | UnixFileMode.GroupRead | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        using var folder = StateFolder.Open(path);
        Assert.Equal(PrivateFile.FolderMode, File.GetUnixFileMode(path));
    }

    [Fact]
    public void Lock_HeldByAnother_IsRefusedUntilGivenUp()
    {
        string path = _folder.PathOf("state");
        using (StateFolder.Open(path))
            Assert.Equal(ExitCode.StateLocked, Assert.Throws<HelperRefusedException>(() => StateFolder.Open(path)).Code);
        StateFolder.Open(path).Dispose();
    }

    [Fact]
    public void Path_TooLongForSockets_IsRefused()
    {
        HelperRefusedException refused = Assert.Throws<HelperRefusedException>(() => StateFolder.Open(_folder.PathOf(new string('x', 100))));
        Assert.Equal(ExitCode.StateUnusable, refused.Code);
        Assert.False(Directory.Exists(_folder.PathOf(new string('x', 100))));
    }

    [Fact]
    public void PrivateFile_Written_IsPrivateAndWhole()
    {
        string path = _folder.PathOf("secret");
        File.WriteAllText(path, "open to all");
        File.WriteAllText($"{path}.new", "left behind by a crash");
        PrivateFile.Write(path, "new"u8);
        Assert.Equal("new", File.ReadAllText(path));
        Assert.Equal(PrivateFile.Mode, File.GetUnixFileMode(path));
        Assert.Equal([path], Directory.GetFiles(_folder.Path));
    }
}
