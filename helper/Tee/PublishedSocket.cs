namespace E3.Relay.Helper.Tee;

/// <summary>The path that callers know: a symbolic link to the socket of the engine that serves.</summary>
internal static class PublishedSocket
{
    // The link is relative, so that it holds wherever the folder is seen from, and the rename is atomic: at no moment does the path lead nowhere.
    public static void LeadTo(string published, string socket)
    {
        string link = $"{published}.new";
        File.Delete(link);
        File.CreateSymbolicLink(link, Path.GetFileName(socket));
        File.Move(link, published, overwrite: true);
    }
}
