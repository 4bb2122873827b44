using System.Globalization;

namespace E3.Relay.Helper.Configuration;

/// <summary>Reads one section of the settings and keeps every mistake as a sentence, also keys that nothing reads: a misspelt setting must not become the default.</summary>
internal sealed class SettingsSection(IConfigurationSection section, List<string> problems)
{
    private readonly HashSet<string> _read = new(StringComparer.OrdinalIgnoreCase);

    public string Path => section.Path;

    public void Report(string sentence) => problems.Add(sentence);

    /// <summary>A text; null when it is missing or empty.</summary>
    public string? Text(string key)
    {
        _read.Add(key);
        return string.IsNullOrWhiteSpace(section[key]) ? null : section[key];
    }

    /// <summary>A text that must be there; empty when it is not.</summary>
    public string Required(string key, string example)
    {
        if (Text(key) is { } value)
            return value;
        problems.Add($"{Path}:{key} is missing; for example {example}.");
        return "";
    }

    /// <summary>What a text that must be there is read into; the default when there is none or it cannot be read, and then the reason is kept.</summary>
    public T? Required<T>(string key, string example, Func<string, T> read)
        where T : class
    {
        if (Required(key, example) is not { Length: > 0 } text)
            return null;
        try
        {
            return read(text);
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException or FormatException)
        {
            problems.Add($"{Path}:{key}: {e.Message}");
            return null;
        }
    }

    /// <summary>A whole number, not negative; the fallback when there is none or it is none.</summary>
    public int Integer(string key, int fallback)
    {
        if (Text(key) is not { } text)
            return fallback;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value))
            return value;
        problems.Add($"{Path}:{key} is a whole number.");
        return fallback;
    }

    public SettingsSection Section(string key)
    {
        _read.Add(key);
        return new(section.GetSection(key), problems);
    }

    public void RejectUnread()
    {
        foreach (IConfigurationSection child in section.GetChildren().Where(child => !_read.Contains(child.Key)))
            problems.Add($"{child.Path} is no setting of the helper.");
    }
}
