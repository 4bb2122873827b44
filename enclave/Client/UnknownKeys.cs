using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Messages;

namespace E3.Relay.Enclave.Client;

/// <summary>Groups with a token whose key the engine has not loaded. Whether a key version of preserve is loaded is no question of time: a rule names it.</summary>
internal static class UnknownKeys
{
    /// <summary>The most calls that wait for a key at the same time.</summary>
    public const int WaitingMax = 64;

    /// <summary>True when some token names a key that is not loaded.</summary>
    public static bool AreNamed(IReadOnlyList<TransformGroup> groups, TransformResult[] results)
    {
        foreach (TransformResult result in results)
        {
            if (result.Code == ErrorCode.KeyNotLoaded)
                return GroupsOf(groups, results).Length > 0;
        }

        return false;
    }

    /// <summary>The groups with such a token.</summary>
    public static TransformGroup[] GroupsOf(IReadOnlyList<TransformGroup> groups, TransformResult[] results)
    {
        var found = new List<TransformGroup>();
        ForEach(groups, results, (group, _) => found.Add(group));
        return [.. found];
    }

    /// <summary>The results, with those of such groups replaced by others in the same order.</summary>
    public static TransformResult[] Replace(IReadOnlyList<TransformGroup> groups, TransformResult[] results, TransformResult[] others)
    {
        TransformResult[] replaced = [.. results];
        int taken = 0;
        ForEach(groups, results, (group, start) =>
        {
            others.AsSpan(taken, group.Items.Count).CopyTo(replaced.AsSpan(start));
            taken += group.Items.Count;
        });
        return replaced;
    }

    private static void ForEach(IReadOnlyList<TransformGroup> groups, TransformResult[] results, Action<TransformGroup, int> action)
    {
        int start = 0;
        foreach (TransformGroup group in groups)
        {
            bool opens = group.Operation is TransformOperation.Decrypt or TransformOperation.Verify or TransformOperation.Rewrap or TransformOperation.Mask;
            if (opens && results.AsSpan(start, group.Items.Count).ContainsAny(ErrorCode.KeyNotLoaded))
                action(group, start);
            start += group.Items.Count;
        }
    }

    private static bool ContainsAny(this Span<TransformResult> results, ErrorCode code)
    {
        foreach (TransformResult result in results)
        {
            if (result.Code == code)
                return true;
        }

        return false;
    }
}
