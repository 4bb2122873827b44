namespace E3.Relay.Testing;

/// <summary>The checkout that the running tests belong to.</summary>
public static class Repository
{
    private const string Marker = "E3.Relay.sln";

    private static readonly Lazy<string> LazyRoot = new(Find);

    /// <summary>The folder that holds the solution file, without a trailing slash.</summary>
    public static string Root => LazyRoot.Value;

    /// <summary>The absolute path of something below <see cref="Root"/>.</summary>
    public static string PathOf(params ReadOnlySpan<string> relative) => Path.Combine([Root, .. relative]);

    // PathMap turns [CallerFilePath] into /_/…, so the way to the sources is up from the output folder.
    private static string Find()
    {
        foreach (var start in (ReadOnlySpan<string>)[AppContext.BaseDirectory, Directory.GetCurrentDirectory()])
        {
            for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
            {
                if (File.Exists(Path.Combine(folder.FullName, Marker)))
                    return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException($"No {Marker} above {AppContext.BaseDirectory} or the current folder.");
    }
}
