using CsCheck;
using E3.Relay.Rules.Selectors;

namespace E3.Relay.Rules.Tests.Selectors;

public sealed class JsonPathSliceTests
{
    private static readonly Gen<JsonPathSlice> Forward = Gen.Select(Gen.Int[-1, 12], Gen.Int[-1, 40], Gen.Int[0, 8])
        .Select((start, end, step) => new JsonPathSlice(start < 0 ? null : start, end < 0 ? null : end, step));

    [Fact]
    public void Meets_SlicesThatGoForward_AgreesWithTheirIndices() => Gen.Select(Forward, Forward).Sample((a, b) =>
        a.Meets(b) == Enumerable.Range(0, 200).Any(index => a.Contains(index) && b.Contains(index)));

    [Fact]
    public void IsEmpty_SliceThatGoesForward_AgreesWithItsIndices() => Forward.Sample(slice => slice.IsEmpty != Enumerable.Range(0, 200).Any(index => slice.Contains(index)));

    [Fact]
    public void Contains_LengthOfTheArray_ChangesNothingForSlicesThatGoForward() => Gen.Select(Forward, Gen.Int[0, 30]).Sample((slice, count) =>
        Enumerable.Range(0, count).All(index => slice.Contains(index) == slice.Contains(index, count)));

    [Fact]
    public void Meets_LargestBounds_DoNotOverflow()
    {
        const long Most = 9007199254740991;
        Assert.True(new JsonPathSlice(Most - 1, null, Most).Meets(new JsonPathSlice(null, null, Most - 1)));
        Assert.False(new JsonPathSlice(1, Most, Most).Meets(new JsonPathSlice(0, Most, Most)));
        Assert.True(new JsonPathSlice(0, Most, Most).Meets(new JsonPathSlice(0, Most, Most - 1)));
    }
}
