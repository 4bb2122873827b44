using E3.Relay.Rules;

namespace E3.Relay.Proxy.RuleFiles;

/// <summary>
/// The rule files of one listener. Readers take one immutable snapshot for each request. Files are compared by content, since times of change tell nothing
/// behind the symbolic links of a mounted configuration.
/// </summary>
internal sealed class ListenerRules
{
    private readonly string _contentRoot;
    private readonly IReadOnlyList<string> _paths;
    private IReadOnlyList<RuleSource> _sources = [];
    private IReadOnlyList<string> _unreadable = [];
    private IReadOnlyList<RuleSource> _seenSources = [];
    private IReadOnlyList<string> _seenUnreadable = [];
    private volatile RuleFilesState _state = new(RuleSet.Empty, [], []);

    private ListenerRules(string listener, string contentRoot, IReadOnlyList<string> paths) => (Listener, _contentRoot, _paths) = (listener, contentRoot, paths);

    /// <summary>The listener's name.</summary>
    public string Listener { get; }

    /// <summary>The snapshot of now.</summary>
    public RuleFilesState State => _state;

    /// <summary>Loads the files for the first time: then there are no last good rules to fall back to.</summary>
    /// <returns>The rules, whose problems must be empty before they may serve.</returns>
    public static ListenerRules Load(string listener, string contentRoot, IReadOnlyList<string> paths)
    {
        var rules = new ListenerRules(listener, contentRoot, paths);
        var unreadable = new List<string>();
        rules.Take(rules.Read(unreadable), unreadable);
        return rules;
    }

    /// <summary>
    /// Looks at the files again. One caller at a time. A file that is being written shows only its beginning for a while, and that may be a rule file too, with
    /// fewer rules: a change is taken over when two looks in a row see the same.
    /// </summary>
    /// <returns>True when a change was taken over, whether to good or to broken.</returns>
    public bool Refresh()
    {
        var unreadable = new List<string>();
        List<RuleSource> sources = Read(unreadable);
        bool settled = SameSources(sources, _seenSources) && SameLines(unreadable, _seenUnreadable);
        (_seenSources, _seenUnreadable) = (sources, unreadable);
        if (!settled || (SameSources(sources, _sources) && SameLines(unreadable, _unreadable)))
            return false;
        Take(sources, unreadable);
        return true;
    }

    private void Take(List<RuleSource> sources, List<string> unreadable)
    {
        (_sources, _unreadable) = (sources, unreadable);
        RuleLoadResult result = LoadAll(sources);
        _state = unreadable.Count == 0 && result.Rules is { } loaded
            ? new(loaded, [], [.. result.Warnings.Select(warning => $"{warning} [{warning.Name}]")])
            : _state with { Problems = [.. unreadable, .. result.Problems.Select(problem => problem.ToString())] };
    }

    // The loader reports mistakes and does not throw; should it ever, the last good rules must go on serving all the same.
    private RuleLoadResult LoadAll(List<RuleSource> sources)
    {
        try
        {
            return RuleLoader.Load(sources);
        }
        catch (Exception exception)
        {
            return new RuleLoadResult(null, [new RuleProblem(Listener, 1, 1, null, default, $"the files cannot be loaded ({exception.GetType().Name})")], []);
        }
    }

    private List<RuleSource> Read(List<string> unreadable)
    {
        var sources = new List<RuleSource>(_paths.Count);
        foreach (string path in _paths)
        {
            string name = Path.GetRelativePath(_contentRoot, path);
            try
            {
                using FileStream file = RegularFile.Open(path);
                if (file.Length > RuleSource.BytesMax)
                {
                    unreadable.Add($"{name}: larger than {RuleSource.BytesMax} bytes");
                    continue;
                }

                byte[] bytes = new byte[file.Length];
                file.ReadExactly(bytes);
                sources.Add(new RuleSource(name, bytes));
            }
            catch (NotRegularException)
            {
                unreadable.Add($"{name}: is no regular file");
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                unreadable.Add($"{name}: cannot be read ({exception.GetType().Name})");
            }
        }

        return sources;
    }

    private static bool SameSources(IReadOnlyList<RuleSource> left, IReadOnlyList<RuleSource> right)
    {
        if (left.Count != right.Count)
            return false;
        for (int i = 0; i < left.Count; i++)
        {
            if (left[i].Name != right[i].Name || !left[i].Utf8.Span.SequenceEqual(right[i].Utf8.Span))
                return false;
        }

        return true;
    }

    private static bool SameLines(IReadOnlyList<string> left, IReadOnlyList<string> right) => left.SequenceEqual(right, StringComparer.Ordinal);
}
