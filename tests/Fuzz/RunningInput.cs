using System.IO.MemoryMappedFiles;

namespace E3.Relay.Fuzz;

/// <summary>The input that is being judged, in a file that is still there after a crash of the whole process, such as an exhausted stack: its length as i32, then its bytes.</summary>
internal sealed class RunningInput : IDisposable
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;

    public RunningInput(string path)
    {
        Path = path;
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.Create, null, sizeof(int) + Mutator.BytesMax);
        _view = _file.CreateViewAccessor();
    }

    /// <summary>What the files are called behind the target's name.</summary>
    public const string Ending = ".running";

    public string Path { get; }

    /// <summary>Says which input is next.</summary>
    public void Set(byte[] input)
    {
        int length = Math.Min(input.Length, Mutator.BytesMax);
        _view.Write(0, length);
        _view.WriteArray(sizeof(int), input, 0, length);
    }

    /// <summary>Reads an input from a file of this kind, or a file that is the input.</summary>
    public static byte[] Read(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        return path.EndsWith(Ending, StringComparison.Ordinal) ? bytes.AsSpan(sizeof(int), BitConverter.ToInt32(bytes)).ToArray() : bytes;
    }

    public void Dispose()
    {
        _view.Dispose();
        _file.Dispose();
        File.Delete(Path);
    }
}
