namespace E3.Relay.Helper.Eif;

/// <summary>Everything that goes into an enclave image. Two builds from equal recipes are equal, byte for byte.</summary>
internal sealed record EifRecipe
{
    /// <summary>A bzImage for x86_64.</summary>
    public required ReadOnlyMemory<byte> Kernel { get; init; }

    /// <summary>The kernel's command line.</summary>
    public string CommandLine { get; init; } = EifBuilder.DefaultCommandLine;

    /// <summary>The engine's arguments.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = EifBuilder.DefaultArguments;

    /// <summary>Kernel modules, file name and content, in the order in which the engine loads them.</summary>
    public IReadOnlyList<(string Name, ReadOnlyMemory<byte> Bytes)> Modules { get; init; } = [];

    /// <summary>The engine's host, statically linked: it is the first and only program.</summary>
    public required ReadOnlyMemory<byte> Engine { get; init; }

    /// <summary>The measured configuration of the deployment.</summary>
    public required ReadOnlyMemory<byte> Configuration { get; init; }

    /// <summary>A name for people; not measured.</summary>
    public string Name { get; init; } = "e3-relay";

    /// <summary>A version for people; not measured.</summary>
    public string Version { get; init; } = "0";

    /// <summary>The memory that the enclave gets when nothing is said, in bytes.</summary>
    public ulong DefaultMemoryBytes { get; init; } = 512UL << 20;

    /// <summary>The vCPUs that the enclave gets when nothing is said.</summary>
    public ulong DefaultCpus { get; init; } = 2;
}
