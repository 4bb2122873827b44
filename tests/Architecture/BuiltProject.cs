using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text.Json;
using E3.Relay.Testing;

namespace E3.Relay.Architecture.Tests;

/// <summary>What the restore and the build made of a project.</summary>
/// <param name="Path">The project file, relative to the root.</param>
internal sealed record BuiltProject(string Path)
{
    /// <summary>The configuration that these tests were built in, which is the one that the others were built in too.</summary>
    private static readonly string Configuration = new DirectoryInfo(AppContext.BaseDirectory).Name;

    public string Name => System.IO.Path.GetFileNameWithoutExtension(Path);

    private string Output => Repository.PathOf("artifacts", "bin", Name, Configuration);

    /// <summary>The assemblies in the output folder, the project's own and those of its packages.</summary>
    public string[] OutputAssemblies() => Directory.GetFiles(Output, "*.dll");

    /// <summary>The names of the assemblies that the project's own assembly refers to.</summary>
    public string[] AssemblyReferences() => AssemblyReferences(System.IO.Path.Combine(Output, Name + ".dll"));

    /// <summary>The shared frameworks that the executable's host will demand; null for a library.</summary>
    public string[]? RuntimeFrameworks()
    {
        var path = System.IO.Path.Combine(Output, Name + ".runtimeconfig.json");
        if (!File.Exists(path))
            return null;

        using var document = JsonDocument.Parse(File.ReadAllText(path));
        var options = document.RootElement.GetProperty("runtimeOptions");
        return options.TryGetProperty("frameworks", out var several)
            ? [.. several.EnumerateArray().Select(framework => framework.GetProperty("name").GetString()!)]
            : [options.GetProperty("framework").GetProperty("name").GetString()!];
    }

    /// <summary>What the restore resolved.</summary>
    public ResolvedAssets Assets() => ResolvedAssets.Parse(File.ReadAllText(Repository.PathOf("artifacts", "obj", Name, "project.assets.json")));

    public static string[] AssemblyReferences(string assembly)
    {
        using var file = new PEReader(File.OpenRead(assembly));
        if (!file.HasMetadata)
            return [];

        var metadata = file.GetMetadataReader();
        return [.. metadata.AssemblyReferences.Select(handle => metadata.GetString(metadata.GetAssemblyReference(handle).Name))];
    }
}
