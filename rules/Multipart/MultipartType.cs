using System.Buffers;
using System.Text;

namespace E3.Relay.Rules.Multipart;

/// <summary>Reads the boundary out of a Content-Type. It must be the only parameter, so that no two readers find different ones.</summary>
internal static class MultipartType
{
    private const int BoundaryLengthMax = 70;

    // RFC 2046 section 5.1.1 without the comma, which begins another value to some readers, and without the space, which some take off.
    private static readonly SearchValues<char> Allowed = SearchValues.Create("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'()+_-./:=?");

    /// <summary>True for multipart/form-data with one boundary that is read in one way.</summary>
    public static bool TryReadBoundary(string contentType, out byte[] boundary)
    {
        boundary = [];
        if (!ParameterList.TryRead(contentType, out string type, out List<(string Name, string Value)> parameters) || !type.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase))
            return false;
        if (parameters is not [var (name, value)] || !name.Equals("boundary", StringComparison.OrdinalIgnoreCase))
            return false;
        if (value.Length is 0 or > BoundaryLengthMax || value.AsSpan().ContainsAnyExcept(Allowed))
            return false;
        // Rack takes what is behind the last such word for the boundary.
        if (value.Contains("boundary=", StringComparison.OrdinalIgnoreCase))
            return false;
        boundary = Encoding.ASCII.GetBytes(value);
        return true;
    }
}
