using System.IO.Pipelines;
using E3.Relay.Enclave.Protocol.Messages;

namespace E3.Relay.Proxy.Ciphers;

/// <summary>The engine under one identity.</summary>
internal interface IFieldCipher
{
    /// <summary>Whether calls can be expected to succeed now.</summary>
    CipherStatus Status { get; }

    /// <summary>Whether the engine is a simulated one; false before there was a session.</summary>
    bool Simulated { get; }

    /// <summary>Transforms fields.</summary>
    /// <returns>The results of all groups, flat and in order.</returns>
    /// <exception cref="CipherException">The engine cannot be had, or refused the whole call.</exception>
    ValueTask<TransformResult[]> TransformAsync(IReadOnlyList<TransformGroup> groups, CancellationToken cancellationToken);

    /// <summary>Seals a file, or opens a sealed one.</summary>
    /// <param name="group">Encrypt or decrypt, with app, role and context; its items are not looked at.</param>
    /// <param name="file">The bytes of the file.</param>
    /// <param name="cancellationToken">Ends with the message.</param>
    /// <returns>The other bytes, in memory of their own, or the code that the engine gave.</returns>
    /// <exception cref="CipherException">The engine cannot be had.</exception>
    ValueTask<TransformResult> TransformFileAsync(TransformGroup group, ReadOnlyMemory<byte> file, CancellationToken cancellationToken);

    /// <summary>Seals a file of any size, or opens a sealed one, while it passes. Neither end is completed.</summary>
    /// <param name="group">Encrypt or decrypt, with app, role and context; its items are not looked at.</param>
    /// <param name="source">The bytes of the file.</param>
    /// <param name="destination">Gets the other bytes. When this throws they are a part, and must not be completed as if they were all.</param>
    /// <param name="cancellationToken">Ends with the message.</param>
    /// <exception cref="CipherException">The engine cannot be had, or refused the file.</exception>
    Task StreamFileAsync(TransformGroup group, PipeReader source, PipeWriter destination, CancellationToken cancellationToken);
}
