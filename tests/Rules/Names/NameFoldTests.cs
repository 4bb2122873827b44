using System.Text;
using CsCheck;
using E3.Relay.Rules.Names;

namespace E3.Relay.Rules.Tests.Names;

public sealed class NameFoldTests
{
    [Theory]
    [InlineData("number", "Number")]
    [InlineData("number", "NUMBER")]
    [InlineData("ssn", "\u017F\u017Fn")]
    [InlineData("token", "to\u212Aen")]
    [InlineData("id", "\u0130d")]
    [InlineData("id", "\u0131D")]
    [InlineData("café", "cafe\u0301")]
    [InlineData("café", "CAFE\u0301")]
    [InlineData("\u00C5", "\u212B")]
    [InlineData("\u1E69", "s\u0323\u0307")]
    [InlineData("\u1E69", "s\u0307\u0323")]
    [InlineData("한글", "\u1112\u1161\u11AB\u1100\u1173\u11AF")]
    [InlineData("σ", "ς")]
    [InlineData("µ", "μ")]
    [InlineData("card.cvc", "card_cvc")]
    [InlineData("card cvc", "card_cvc")]
    [InlineData("card[cvc", "card_cvc")]
    [InlineData("a;b", "a\u037Eb")]
    public void Fold_SpellingsOfOneName_AreEqual(string a, string b) => Assert.Equal(Folded(a), Folded(b));

    [Theory]
    [InlineData("number", "numbers")]
    [InlineData("number", "nümber")]
    [InlineData("a", "ä")]
    [InlineData("card_cvc", "cardcvc")]
    [InlineData("a", "\u0430")]
    public void Fold_OtherNames_AreNotEqual(string a, string b) => Assert.NotEqual(Folded(a), Folded(b));

    [Fact]
    public void Fold_AnyName_IsStable() =>
        Gen.String.Select(text => Encoding.UTF8.GetBytes(text)).Sample(utf8 => NameFold.Fold(NameFold.Fold(utf8)).AsSpan().SequenceEqual(NameFold.Fold(utf8)));

    [Fact]
    public void NameTable_AnyNames_FindsEachUnderEverySpelling()
    {
        Gen<string> name = Gen.Char["abcABC._ [é\u0301"].Array[0, 6].Select(characters => new string(characters));
        Gen.Select(name.Array[0, 12], name, Gen.Bool).Sample((names, sought, exact) =>
        {
            NameTable.Builder builder = new(exact);
            foreach (string each in names)
                builder.Add(each);
            int found = builder.Build().Find(Encoding.UTF8.GetBytes(sought));
            bool expected = exact ? names.Contains(sought) : names.Any(each => Folded(each) == Folded(sought));
            return expected == (found >= 0);
        });
    }

    private static string Folded(string name) => Encoding.UTF8.GetString(NameFold.Fold(Encoding.UTF8.GetBytes(name)));
}
