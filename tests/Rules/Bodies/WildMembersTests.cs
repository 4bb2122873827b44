using E3.Relay.Rules.Bodies;

namespace E3.Relay.Rules.Tests.Bodies;

public sealed class WildMembersTests
{
    [Fact]
    public void Clear_AfterVeryManyMembers_GivesTheirMemoryBack()
    {
        WildMembers members = new();
        for (int i = 0; i < 100_000; i++)
            Assert.True(members.Add(1, i, "x"u8.ToArray()));
        members.Clear();
        Assert.InRange(members.Capacity, 0, 1024);
        Assert.True(members.Add(1, 1, default));
        Assert.False(members.Add(1, 1, default));
    }
}
