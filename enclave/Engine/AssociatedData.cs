using System.Security.Cryptography;
using System.Text;
using E3.Relay.Enclave.Protocol.Messages;
using E3.Relay.Enclave.Protocol.Tokens;

namespace E3.Relay.Enclave.Engine;

/// <summary>
/// The additional data of a token: header ‖ length of the app's name u8 ‖ app ‖ length of the role's name u8 ‖ role ‖ bound context. It is laid out once for a group of fields; only the header changes.
/// </summary>
internal readonly ref struct AssociatedData
{
    private readonly Span<byte> _bytes;

    /// <summary>Lays out the data of a group.</summary>
    public AssociatedData(TransformGroup group)
    {
        _bytes = new byte[checked(TokenHeader.Bytes + 2 + group.App.Length + group.Role.Length + group.Context.Length)];
        Span<byte> rest = _bytes[TokenHeader.Bytes..];
        rest = rest[WriteName(rest, group.App)..];
        rest = rest[WriteName(rest, group.Role)..];
        group.Context.Span.CopyTo(rest);
        RoleId = SHA256.HashData(Encoding.UTF8.GetBytes(group.Role)).AsSpan(0, TokenHeader.RoleIdBytes);
    }

    /// <summary>The role's id in token headers.</summary>
    public ReadOnlySpan<byte> RoleId { get; }

    /// <summary>The data without a header: app, role and context.</summary>
    public ReadOnlySpan<byte> BehindHeader => _bytes[TokenHeader.Bytes..];

    /// <summary>The data for a token with this header.</summary>
    public ReadOnlySpan<byte> For(ReadOnlySpan<byte> header)
    {
        header.CopyTo(_bytes);
        return _bytes;
    }

    // Names are ASCII and at most 64 long.
    private static int WriteName(Span<byte> destination, string name)
    {
        destination[0] = (byte)name.Length;
        return 1 + Encoding.ASCII.GetBytes(name, destination[1..]);
    }
}
