using System.Text;
using System.Text.Unicode;
using E3.Relay.Rules.Bodies;

namespace E3.Relay.Rules.Multipart;

/// <summary>One pass over a multipart body, for all selectors together. Fields are text, files are bytes; what stands around them is never touched.</summary>
internal sealed class MultipartScan(SelectionBuilder found, MultipartReader reader)
{
    private readonly FormMatcher _names = found.Plan.Multipart!;
    private readonly List<int> _selectors = [];
    private readonly bool _looksForTokens = found.Plan.TokenOperation >= 0;

    /// <summary>Scans a body that is there whole.</summary>
    /// <param name="found">Gathers what is found.</param>
    /// <param name="contentType">The body's Content-Type, which was judged before.</param>
    internal static bool TrySelect(SelectionBuilder found, string contentType)
    {
        if (!MultipartType.TryReadBoundary(contentType, out byte[] boundary))
            return found.Refuse(RefusalCode.MalformedBody);
        found.Marker = [.. "--"u8, .. boundary];
        return new MultipartScan(found, new MultipartReader(boundary)).Run();
    }

    private bool Run()
    {
        ReadOnlySpan<byte> body = found.Body.Span;
        while (true)
        {
            int start = (int)reader.Position;
            switch (reader.Read(body[start..], true, out int length))
            {
                case MultipartEvent.PartEnd:
                    if (!JudgePart(start, length))
                        return false;
                    break;
                case MultipartEvent.End:
                    return true;
                case MultipartEvent.Refused:
                    return found.Refuse(CodeOf(reader.Error));
            }
        }
    }

    private bool JudgePart(int start, int length)
    {
        FieldSite site = new(start, length, 0, false);
        ReadOnlySpan<byte> plainName = reader.PlainName;
        if (plainName.IsEmpty)
            return JudgePart(reader.Part!, site);
        if (_looksForTokens)
            found.TextSites.Add(site);
        // Most fields are of no concern to anybody.
        if (!_names.MaySelect(plainName))
            return true;
        _names.MatchPlain(plainName, _selectors);
        return _selectors.Count == 0 || Select(null, site);
    }

    private bool JudgePart(MultipartPart part, FieldSite site)
    {
        // Nobody chose a file: browsers send the part all the same, and there is nothing in it.
        if (part is { FileName.Length: 0 } && site.Length == 0)
            return true;
        if (_looksForTokens && !part.IsFile)
            found.TextSites.Add(site);
        _names.Match(Encoding.UTF8.GetBytes(part.Name), _selectors);
        return _selectors.Count == 0 || Select(part.FileName, site);
    }

    private bool Select(string? fileName, FieldSite site)
    {
        int operation = -1, bindSlot = -1;
        foreach (int selector in _selectors)
        {
            if (!found.Select(selector, ref operation, ref bindSlot))
                return false;
        }

        if (!found.JudgeGuards(_selectors, operation))
            return false;
        ReadOnlyMemory<byte> value = found.Body.Slice(site.Start, site.Length);
        // With an empty file name it is a file to some readers and a field to others.
        if (fileName is "")
            return found.Refuse(RefusalCode.AmbiguousMultipart);
        if (fileName is null && !Utf8.IsValid(value.Span))
            return found.Refuse(RefusalCode.MalformedText);
        return found.Add(operation, fileName is null ? FieldType.String : FieldType.Bytes, value, site);
    }

    internal static RefusalCode CodeOf(MultipartError error) => error switch
    {
        MultipartError.BoundaryMissing or MultipartError.BoundaryLine or MultipartError.EndMissing or MultipartError.HeaderMalformed or MultipartError.HeadTooLong => RefusalCode.MalformedBody,
        MultipartError.TooManyParts => RefusalCode.TooManyFields,
        MultipartError.Charset => RefusalCode.UnsupportedCharset,
        _ => RefusalCode.AmbiguousMultipart,
    };
}
