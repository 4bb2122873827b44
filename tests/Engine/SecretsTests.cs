using System.Reflection;
using System.Text.Json;

namespace E3.Relay.Enclave.Engine.Tests;

/// <summary>Types that hold secrets cannot be printed, copied or serialised by accident.</summary>
public sealed class SecretsTests
{
    private const TypeAttributes Serializable = (TypeAttributes)0x2000;

    private static readonly Type[] Holders = [typeof(SecretKey), typeof(DataKey), typeof(RootKey), typeof(RecipientKey), typeof(KeyRing), typeof(TokenSealer)];

    public static TheoryData<Type> HoldersAndWhatHoldsThem
    {
        get
        {
            var found = new HashSet<Type>(Holders);
            for (int before = 0; before != found.Count;)
            {
                before = found.Count;
                foreach (Type type in typeof(Engine).Assembly.GetTypes().Where(static type => type.IsClass && !type.Name.Contains('<', StringComparison.Ordinal)))
                {
                    if (Fields(type).Any(held => found.Contains(held.FieldType)))
                        found.Add(type);
                }
            }

            return [.. found];
        }
    }

    [Theory]
    [MemberData(nameof(HoldersAndWhatHoldsThem))]
    public void Holder_IsNoRecordAndNotSerialisable_AndSharesNoBytes(Type type)
    {
        Assert.Null(type.GetMethod("<Clone>$"));
        Assert.False(type.Attributes.HasFlag(Serializable));
        Assert.Empty(type.GetCustomAttributes<System.Diagnostics.DebuggerDisplayAttribute>());
        Assert.DoesNotContain(type.GetProperties(), static property => property.PropertyType == typeof(byte[]) && property.GetMethod!.IsPublic && property.Name.Contains("Secret", StringComparison.OrdinalIgnoreCase));
        Assert.DoesNotContain(Fields(type), static field => field.FieldType == typeof(string) && field.Name.Contains("secret", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public void SecretKey_PrintedOrSerialised_ShowsNothing()
    {
        using var key = new SecretKey();
        key.Span.Fill(0xA5);
        Assert.Equal("SecretKey", key.ToString());
        string json = JsonSerializer.Serialize((object)new { Type = key.GetType().Name, Text = key.ToString() });
        Assert.DoesNotContain("165", json, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => JsonSerializer.Serialize(key));
    }

    [Fact]
    public unsafe void SecretKey_Dropped_IsZeroed_AndItsMemoryIsUsedAgain()
    {
        var key = new SecretKey();
        key.Span.Fill(0xA5);
        fixed (byte* memory = key.Span)
        {
            key.Dispose();
            Assert.False(new ReadOnlySpan<byte>(memory, SecretKey.Bytes).ContainsAnyExcept((byte)0));
        }

        Assert.Throws<ObjectDisposedException>(() => key.Span.Length);
        key.Dispose();
        using var next = new SecretKey();
        Assert.False(next.Span.ContainsAnyExcept((byte)0));
    }

    [Fact]
    public void SecretKeys_AreLeftOutOfCoreDumps()
    {
        using var key = new SecretKey();
        nint address;
        unsafe
        {
            fixed (byte* memory = key.Span)
                address = (nint)memory;
        }

        string[] map = File.ReadAllLines("/proc/self/smaps");
        int at = Array.FindIndex(map, line => Contains(line, address));
        Assert.True(at >= 0);
        Assert.Contains(" dd", map.Skip(at).First(static line => line.StartsWith("VmFlags:", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    private static bool Contains(string line, nint address)
    {
        string[] range = line.Split(' ')[0].Split('-');
        return range.Length == 2
            && nint.TryParse(range[0], System.Globalization.NumberStyles.HexNumber, null, out nint from)
            && nint.TryParse(range[1], System.Globalization.NumberStyles.HexNumber, null, out nint to)
            && address >= from && address < to;
    }

    private static IEnumerable<FieldInfo> Fields(Type type) => type.GetFields(BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public | BindingFlags.DeclaredOnly);
}
