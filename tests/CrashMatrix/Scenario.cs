namespace E3.Relay.CrashMatrix;

/// <summary>One run: a step, when it is interrupted, and what is killed then.</summary>
/// <param name="Step">The step.</param>
/// <param name="Point">The named instant; null for any.</param>
/// <param name="Victim">What is killed.</param>
internal sealed record Scenario(Step Step, string? Point, Victim Victim)
{
    /// <summary>The row of the report.</summary>
    public string Row => $"{Step.Name} {Point ?? "at random"}";

    /// <summary>All that there are on a store.</summary>
    public static IEnumerable<Scenario> On(bool postgres)
    {
        Victim[] victims = postgres ? [Victim.Helper, Victim.Engine, Victim.HelperAndEngine, Victim.Postgres, Victim.Everything] : [Victim.Helper, Victim.Engine, Victim.HelperAndEngine];
        foreach (Victim victim in victims)
        {
            foreach (Step step in Step.All)
            {
                foreach (string? point in step.Points.Append(null))
                    yield return new(step, point, victim);
            }
        }
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Row}, {Victim}";
}
