namespace E3.Relay.Rules;

/// <summary>Is told of memory that is held for a body beside its bytes: decoded values, trees, tapes, names. It may be told by several threads at once.</summary>
public interface IWorkingMemory
{
    /// <summary>Counts memory that was taken, or given back when negative.</summary>
    /// <param name="bytes">How much.</param>
    void Count(long bytes);
}
