using System.Security.Cryptography;

namespace E3.Relay.Helper.Nsm;

/// <summary>The 32 platform configuration registers of one module. 0 to 15 are locked at boot.</summary>
internal sealed class PcrBank
{
    public const int Count = 32;
    public const int LockedAtBoot = 16;
    private const int Bytes = 48;
    private readonly byte[][] _values = [.. Enumerable.Range(0, Count).Select(static _ => new byte[Bytes])];
    private readonly bool[] _locked = new bool[Count];

    public PcrBank(byte[] pcr0, byte[] pcr1, byte[] pcr2)
    {
        (_values[0], _values[1], _values[2]) = (pcr0, pcr1, pcr2);
        LockFirst(LockedAtBoot);
    }

    public byte[] Value(int index) => _values[index];

    public bool IsLocked(int index) => _locked[index];

    /// <summary>SHA384(old ‖ data).</summary>
    public void Extend(int index, ReadOnlySpan<byte> data) => _values[index] = SHA384.HashData([.. _values[index], .. data]);

    public void Lock(int index) => _locked[index] = true;

    public void LockFirst(int count) => Array.Fill(_locked, true, 0, count);
}
