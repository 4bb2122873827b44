using System.Security.Cryptography;
using E3.Relay.Helper.Tee;
using E3.Relay.Testing;

namespace E3.Relay.Helper.Tests.State;

public sealed class TeeMeasurementTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public TeeMeasurementTests()
    {
        foreach (string name in (string[])["engine", "engine.dll", "library.dll", "engine.runtimeconfig.json", "engine.pdb", "configuration"])
            File.WriteAllText(_folder.PathOf(name), name);
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("engine", true)]
    [InlineData("engine.dll", true)]
    [InlineData("library.dll", true)]
    [InlineData("engine.runtimeconfig.json", true)]
    [InlineData("another.dll", true)]
    [InlineData("engine.pdb", false)]
    [InlineData("configuration", false)]
    public void Pcr0_FileChanged_ChangesWithWhatIsLoaded(string name, bool changes)
    {
        TeeMeasurement before = Measure();
        File.WriteAllText(_folder.PathOf(name), "changed");
        TeeMeasurement after = Measure();
        Assert.Equal(changes, !before.Pcr0.AsSpan().SequenceEqual(after.Pcr0));
        Assert.Equal(name == "configuration", !before.Pcr2.AsSpan().SequenceEqual(after.Pcr2));
    }

    [Fact]
    public void Pcr0_FilesExchanged_Changes()
    {
        TeeMeasurement before = Measure();
        File.WriteAllText(_folder.PathOf("engine.dll"), "library.dll");
        File.WriteAllText(_folder.PathOf("library.dll"), "engine.dll");
        Assert.NotEqual(before.Pcr0, Measure().Pcr0);
    }

    [Fact]
    public void Pcr0_NativeProgram_IsItsDigest()
    {
        File.Delete(_folder.PathOf("engine.dll"));
        Assert.Equal(SHA384.HashData("engine"u8), Measure().Pcr0);
    }

    [Fact]
    public void Engine_NotThere_IsRefused()
    {
        Assert.Equal(ExitCode.EngineMissing, Assert.Throws<HelperRefusedException>(() => EngineProgram.Find(null, _folder.Path)).Code);
        Assert.Equal(ExitCode.EngineMissing, Assert.Throws<HelperRefusedException>(() => EngineProgram.Find(_folder.PathOf("none"), _folder.Path)).Code);
    }

    [Fact]
    public void Engine_Given_BuiltOrPublished_IsFoundInThatOrder()
    {
        Directory.CreateDirectory(_folder.PathOf("enclave"));
        File.WriteAllText(_folder.PathOf("enclave", "E3.Relay.Enclave.Host"), "");
        Assert.Equal(_folder.PathOf("enclave", "E3.Relay.Enclave.Host"), EngineProgram.Find(null, _folder.Path));
        File.WriteAllText(_folder.PathOf("programs.txt"), $"Other=/x.dll\nE3.Relay.Enclave.Host={_folder.PathOf("engine")}.dll\n");
        Assert.Equal(_folder.PathOf("engine"), EngineProgram.Find(null, _folder.Path));
        Assert.Equal(_folder.PathOf("library.dll"), EngineProgram.Find(_folder.PathOf("library.dll"), _folder.Path));
    }

    private TeeMeasurement Measure() => TeeMeasurement.Of(_folder.PathOf("engine"), _folder.PathOf("configuration"));
}
