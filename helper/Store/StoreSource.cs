namespace E3.Relay.Helper.Store;

/// <summary>A store as it was configured: <c>sqlite:PATH</c>, <c>postgresql:FILE</c> with the connection string in a file, or <c>postgresql-env:VARIABLE</c> with it in an environment variable.</summary>
/// <param name="Text">As it was written; it names no secret.</param>
/// <param name="IsShared">Other helpers of the fleet use it too.</param>
/// <param name="OpenAsync">Opens it for a fleet; the second argument is true when it is the only store.</param>
/// <param name="ConnectionString">Reads the connection string of a PostgreSQL database; null for other stores.</param>
internal sealed record StoreSource(string Text, bool IsShared, Func<ReadOnlyMemory<byte>, bool, CancellationToken, Task<ISealedStore>> OpenAsync, Func<string>? ConnectionString = null)
{
    private const int ConnectionBytesMax = 4096;
    private const UnixFileMode OfOthers = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    /// <summary>Reads one.</summary>
    /// <exception cref="FormatException">It is of no kind that there is.</exception>
    public static StoreSource Parse(string text, TimeProvider time)
    {
        (string kind, string place) = text.IndexOf(':', StringComparison.Ordinal) is var colon and > 0 ? (text[..colon], text[(colon + 1)..]) : (text, "");
        if (place.Length == 0)
            throw Malformed();
        return kind switch
        {
            "sqlite" => new(text, IsShared: false, async (fleet, _, token) => await SqliteStore.OpenAsync(Path.GetFullPath(place), fleet, time, token).ConfigureAwait(false)),
            "postgresql" => Postgres(text, () => ReadFile(place)),
            "postgresql-env" => Postgres(text, () => ReadVariable(place)),
            _ => throw Malformed(),
        };

        // What was written may be a connection string with its password, so it is not repeated.
        static FormatException Malformed() => new("A store is sqlite:PATH, postgresql:FILE with the connection string in the file, or postgresql-env:VARIABLE.");
    }

    /// <summary>The store of a helper that was told of none.</summary>
    public static StoreSource Sqlite(string path, TimeProvider time) => Parse($"sqlite:{path}", time);

    private static StoreSource Postgres(string text, Func<string> read) =>
        new(text, IsShared: true, async (fleet, alone, token) => await PostgresStore.OpenAsync(read(), fleet, alone, token).ConfigureAwait(false), read);

    private static string ReadFile(string path)
    {
        try
        {
            if (new FileInfo(path).Length > ConnectionBytesMax)
                throw new StoreException(StoreError.AccessDenied, $"{path} is too long for a connection string");
            string connectionString = File.ReadAllText(path).Trim();
            return (File.GetUnixFileMode(path) & OfOthers) == 0 || !connectionString.Contains("password", StringComparison.OrdinalIgnoreCase)
                ? connectionString
                : throw new StoreException(StoreError.AccessDenied, $"{path} holds a password and may be read by others; chmod 600 it");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StoreException(StoreError.AccessDenied, $"{path} cannot be read", e);
        }
    }

    private static string ReadVariable(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : throw new StoreException(StoreError.AccessDenied, $"the environment variable {name} is not set");
}
