namespace E3.Relay.Proxy.Configuration;

/// <summary>The folder of <c>appsettings.json</c>, which relative paths in it are relative to.</summary>
internal static class ContentRoot
{
    public const string SettingsFile = "appsettings.json";

    /// <summary>The current folder when it has settings (a checkout), else the program's own (a deployment).</summary>
    public static string Find() =>
        File.Exists(Path.Combine(Environment.CurrentDirectory, SettingsFile)) ? Environment.CurrentDirectory : AppContext.BaseDirectory;
}
