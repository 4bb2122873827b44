using System.Globalization;

namespace E3.Relay.Proxy.Configuration;

/// <summary>
/// Reads one section of the configuration and keeps every mistake as a sentence, also keys that nothing reads: a misspelt limit must not become the default.
/// </summary>
internal sealed class SectionReader(IConfigurationSection section, List<string> problems)
{
    private readonly HashSet<string> _read = new(StringComparer.OrdinalIgnoreCase);

    public string Name => section.Key;

    public string Path => section.Path;

    public bool Exists => section.Exists();

    public void Report(string sentence) => problems.Add(sentence);

    public string? Text(string key)
    {
        _read.Add(key);
        string? value = section[key];
        return string.IsNullOrWhiteSpace(value) ? null : value;
    }

    public string Required(string key, string example)
    {
        if (Text(key) is { } value)
            return value;
        problems.Add($"{Path}:{key} is missing; for example {example}.");
        return "";
    }

    public bool Flag(string key)
    {
        if (Text(key) is not { } text)
            return false;
        if (bool.TryParse(text, out bool value))
            return value;
        problems.Add($"{Path}:{key} must be true or false.");
        return false;
    }

    public int Integer(string key, int fallback, int min, int max) => (int)Integer(key, (long)fallback, min, max);

    public long Integer(string key, long fallback, long min, long max)
    {
        if (Text(key) is not { } text)
            return fallback;
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long value) && value >= min && value <= max)
            return value;
        problems.Add(string.Create(CultureInfo.InvariantCulture, $"{Path}:{key} must be a whole number from {min} to {max}."));
        return fallback;
    }

    public IReadOnlyList<string> Texts(string key)
    {
        _read.Add(key);
        if (section[key] is not null and not "")
            problems.Add($"{Path}:{key} must be a list.");
        return [.. section.GetSection(key).GetChildren().Select(child => child.Value ?? "")];
    }

    public SectionReader Section(string key)
    {
        _read.Add(key);
        return new(section.GetSection(key), problems);
    }

    public IReadOnlyList<SectionReader> Sections(string key)
    {
        _read.Add(key);
        return [.. section.GetSection(key).GetChildren().Select(child => new SectionReader(child, problems))];
    }

    public void RejectUnread()
    {
        foreach (IConfigurationSection child in section.GetChildren().Where(child => !_read.Contains(child.Key)))
            problems.Add($"{child.Path} is no setting of E3 Relay.");
    }
}
