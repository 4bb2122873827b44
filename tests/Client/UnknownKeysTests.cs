using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Messages;

namespace E3.Relay.Enclave.Client.Tests;

public sealed class UnknownKeysTests
{
    private static readonly TransformGroup[] Groups = [Group(TransformOperation.Encrypt, 1), Group(TransformOperation.Decrypt, 2), Group(TransformOperation.Mask, 1), Group(TransformOperation.Preserve, 1)];

    [Theory]
    [InlineData(false, ErrorCode.None, ErrorCode.None, ErrorCode.TokenRejected, ErrorCode.None, ErrorCode.None)]
    [InlineData(false, ErrorCode.None, ErrorCode.None, ErrorCode.None, ErrorCode.None, ErrorCode.KeyNotLoaded)]
    [InlineData(true, ErrorCode.None, ErrorCode.None, ErrorCode.KeyNotLoaded, ErrorCode.None, ErrorCode.None)]
    [InlineData(true, ErrorCode.None, ErrorCode.None, ErrorCode.None, ErrorCode.KeyNotLoaded, ErrorCode.None)]
    public void AreNamed_ByTokensAlone_IsSeen(bool expected, params ErrorCode[] codes) => Assert.Equal(expected, UnknownKeys.AreNamed(Groups, Results(codes)));

    [Fact]
    public void Replace_OfTheGroupsConcerned_LeavesTheOthersAlone()
    {
        TransformResult[] results = Results(ErrorCode.TokenRejected, ErrorCode.None, ErrorCode.KeyNotLoaded, ErrorCode.KeyNotLoaded, ErrorCode.KeyNotLoaded);
        Assert.Equal([Groups[1], Groups[2]], UnknownKeys.GroupsOf(Groups, results));
        TransformResult[] replaced = UnknownKeys.Replace(Groups, results, Results(ErrorCode.None, ErrorCode.None, ErrorCode.TokenMalformed));
        Assert.Equal([ErrorCode.TokenRejected, ErrorCode.None, ErrorCode.None, ErrorCode.TokenMalformed, ErrorCode.KeyNotLoaded], replaced.Select(static result => result.Code));
    }

    private static TransformResult[] Results(params ErrorCode[] codes) => [.. codes.Select(static code => new TransformResult(code, default, default))];

    private static TransformGroup Group(TransformOperation operation, int items) =>
        new() { Operation = operation, App = "shop", Role = "card", Items = [.. Enumerable.Repeat(new TransformItem(DataType.String, default), items)] };
}
