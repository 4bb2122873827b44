namespace E3.Relay.CrashMatrix;

/// <summary>What is ended with SIGKILL.</summary>
[Flags]
internal enum Victim
{
    Helper = 1,
    Engine = 2,
    HelperAndEngine = Helper | Engine,
    Postgres = 4,

    /// <summary>What a machine that fails takes with it.</summary>
    Everything = Helper | Engine | Postgres,
}
