using System.Text.Json;

namespace E3.Relay.Architecture.Tests;

/// <summary>What <c>project.assets.json</c> says that a project gets.</summary>
/// <param name="Frameworks">Framework references, the project's own and those that packages bring.</param>
/// <param name="Packages">Packages that put something into the running program; build tools and analyzers are left out.</param>
/// <param name="Projects">Projects, direct and transitive.</param>
internal sealed record ResolvedAssets(IReadOnlyList<string> Frameworks, IReadOnlyList<string> Packages, IReadOnlyList<string> Projects)
{
    private static readonly string[] RuntimeGroups = ["runtime", "runtimeTargets", "native"];

    public static ResolvedAssets Parse(string json)
    {
        using var document = JsonDocument.Parse(json);
        var frameworks = new SortedSet<string>(StringComparer.Ordinal);
        var packages = new SortedSet<string>(StringComparer.Ordinal);
        var projects = new SortedSet<string>(StringComparer.Ordinal);

        foreach (var framework in document.RootElement.GetProperty("project").GetProperty("frameworks").EnumerateObject())
        {
            if (framework.Value.TryGetProperty("frameworkReferences", out var references))
                frameworks.UnionWith(references.EnumerateObject().Select(reference => reference.Name));
        }

        foreach (var library in document.RootElement.GetProperty("targets").EnumerateObject().SelectMany(target => target.Value.EnumerateObject()))
        {
            var name = library.Name[..library.Name.IndexOf('/', StringComparison.Ordinal)];
            if (library.Value.GetProperty("type").GetString() == "project")
                projects.Add(name);
            else if (HasRuntimeAssets(library.Value))
                packages.Add(name);

            if (library.Value.TryGetProperty("frameworkReferences", out var references))
                frameworks.UnionWith(references.EnumerateArray().Select(reference => reference.GetString()!));
        }

        return new([.. frameworks], [.. packages], [.. projects]);
    }

    // An empty group is written as a single file named "_._".
    private static bool HasRuntimeAssets(JsonElement library) => RuntimeGroups.Any(group =>
        library.TryGetProperty(group, out var assets) && assets.EnumerateObject().Any(asset => !asset.Name.EndsWith("/_._", StringComparison.Ordinal)));
}
