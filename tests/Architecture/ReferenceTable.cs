namespace E3.Relay.Architecture.Tests;

/// <summary>Who may know whom: the trust zones, as a table. A project that is not in it may not exist outside <c>tests/</c>.</summary>
internal static class ReferenceTable
{
    private const string Rules = "rules/E3.Relay.Rules.csproj";
    private const string Protocol = "enclave/Protocol/E3.Relay.Enclave.Protocol.csproj";
    private const string Client = "enclave/Client/E3.Relay.Enclave.Client.csproj";
    private const string Engine = "enclave/Engine/E3.Relay.Enclave.Engine.csproj";
    private const string Host = "enclave/Host/E3.Relay.Enclave.Host.csproj";
    private const string Helper = "helper/E3.Relay.Helper.csproj";
    private const string Proxy = "proxy/E3.Relay.Proxy.csproj";
    private const string Echo = "samples/echo/E3.Relay.Samples.Echo.csproj";

    private static readonly string[] StartingZones = ["proxy/", "helper/", "tests/"];

    private static readonly Dictionary<string, string[]> May = new()
    {
        [Rules] = [],
        [Protocol] = [],
        [Client] = [Protocol],
        [Engine] = [Protocol],
        [Host] = [Engine, Protocol],
        [Helper] = [Client, Protocol],
        [Proxy] = [Rules, Client, Protocol],
        [Echo] = [],
    };

    /// <summary>The projects that the table names.</summary>
    public static IReadOnlyCollection<string> Projects => May.Keys;

    /// <summary>The assemblies of ours that an assembly may name in its IL: the same arrows.</summary>
    public static string[] AssembliesFor(string project) => [.. May[project].Select(path => Path.GetFileNameWithoutExtension(path))];

    /// <summary>ASP.NET Core may not be under these.</summary>
    public static bool IsWithoutAspNet(string project) =>
        project.StartsWith("enclave/", StringComparison.Ordinal) || project.StartsWith("rules/", StringComparison.Ordinal);

    /// <summary>Every arrow that the table does not have.</summary>
    public static IEnumerable<string> Violations(IReadOnlyList<ProjectFile> projects)
    {
        foreach (var project in projects)
        {
            if (!project.IsTest && !May.ContainsKey(project.Path))
                yield return $"{project.Path} is not in the table";

            foreach (var reference in project.References.Concat(project.Started).Where(reference => projects.All(other => other.Path != reference)))
                yield return $"{project.Path} references {reference}, which is no project";

            foreach (var reference in project.References.Where(reference => !IsAllowed(project, reference)))
                yield return $"{project.Path} may not reference {reference}";

            if (project.Started.Count > 0 && !StartingZones.Any(zone => project.Path.StartsWith(zone, StringComparison.Ordinal)))
                yield return $"{project.Path} may not start programs";

            foreach (var started in project.Started.Where(IsTest))
                yield return $"{project.Path} may not start {started}";

            foreach (var item in project.Foreign)
                yield return $"{project.Path} takes code in past its references: {item}";

            if (IsWithoutAspNet(project.Path) && project.Sdk != "Microsoft.NET.Sdk")
                yield return $"{project.Path} may not use the SDK '{project.Sdk}'";
        }
    }

    // Tests may know all of the product, and of the tests only the helpers made for them.
    private static bool IsAllowed(ProjectFile project, string reference) => project.IsTest
        ? !IsTest(reference) || reference.StartsWith("tests/Testing/", StringComparison.Ordinal)
        : May.TryGetValue(project.Path, out var may) && may.Contains(reference);

    private static bool IsTest(string path) => path.StartsWith("tests/", StringComparison.Ordinal);
}
