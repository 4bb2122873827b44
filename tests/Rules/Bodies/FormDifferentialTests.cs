using System.Text;
using CsCheck;

namespace E3.Relay.Rules.Tests.Bodies;

public sealed class FormDifferentialTests
{
    private static readonly string[][] Selectors = [["card_number", "card[cvc]"], ["Card*", "x"], ["*"], ["é", "a b", "_charset"], [new('n', 80)]];

    private static readonly (BodyPlan Plan, ReferenceForm Reference)[] Sides = [.. Selectors.Select(names =>
        (RulesUnderTest.FormPlan(RulesUnderTest.Encrypt($"form: [{string.Join(", ", names.Select(name => $"\"{name}\""))}]", "incoming: verify")), new ReferenceForm(names)))];

    private static readonly Gen<string> Name = GeneratedRules.OneOf(
    [
        "card_number", "CARD.number", "card%5Fnumber", "card+number", " card_number", "card[cvc]", "card%5Bcvc%5D[]", "card[cvc", "card.cvc", "card", "x", "X", "", "é", "e%cc%81", "%C3%89",
        "a+b", "a%20b", "a.b", "_charset", "_CHARSET_", "%5fcharset_", "other", "c", "cards", new('n', 79), new('n', 80), new('N', 80), new('n', 81),
    ]);

    private static readonly Gen<string> Value = Gen.OneOf(
        Gen.Char["ab+=1*~[],"].Array[0, 5].Select(characters => new string(characters)),
        GeneratedRules.OneOf(["utf-8", "UTF%2D8", "utf-16", "%c3%a9", "é%41", "%c3", "%a9", "%ff", "%00", "%", "%4", "%zz", "a%20b", "%f0%9f%98%80", "é"]),
        Gen.Int[0, 140].Select(length => new string('v', length)));

    private static readonly Gen<string> Field = Gen.Select(Name, Value, Gen.Int[0, 9], (name, value, shape) => shape switch
    {
        0 => name,
        1 => "",
        _ => $"{name}={value}",
    });

    // What means something to some reader, and what is no text.
    private static readonly Gen<byte> Damage = GeneratedRules.OneOf<byte>([.. "&=%+;[]_ {<.a"u8, 0, 9, 0x1F, 0x7F, 0x80, 0xC3, 0xFF]);

    [Fact]
    public void TrySelect_AnyForm_IsReadAsTheSimpleReaderReadsIt() =>
        Gen.Select(Field.Array[0, 8], Gen.Int[0, Sides.Length - 1]).Sample((fields, side) => Compare(Encoding.UTF8.GetBytes(string.Join('&', fields)), side), iter: 20_000);

    [Fact]
    public void TrySelect_DamagedForm_IsReadAsTheSimpleReaderReadsIt() =>
        Gen.Select(Field.Array[1, 8], Gen.Select(Gen.Int[0, 2000], Damage).Array[1, 3], Gen.Int[0, Sides.Length - 1]).Sample((fields, damages, side) =>
        {
            byte[] body = Encoding.UTF8.GetBytes(string.Join('&', fields) + ".");
            foreach ((int at, byte value) in damages)
                body[at % body.Length] = value;
            Compare(body, side);
        }, iter: 20_000);

    [Fact]
    public void TrySelect_FieldsAtEveryPlace_AreReadAsTheSimpleReaderReadsThem()
    {
        for (int before = 0; before < 200; before++)
        {
            foreach (string field in (string[])["card_number=1", "card%5fnumber=%41", "CARD[cvc][x]=1=2", "card_number", "a=%4"])
                Compare(Encoding.UTF8.GetBytes($"{new string('a', before)}&{field}&b=2"), 0);
        }
    }

    private static void Compare(byte[] body, int side)
    {
        (RefusalCode? expected, string values, string written) = Sides[side].Reference.Replace(body, "T");
        bool selected = Sides[side].Plan.TrySelect(body, RuleLimits.Default, FakeTokens.Grammar, out BodySelection selection, out Refusal? refusal);
        using (selection)
        {
            Assert.Equal(expected, refusal?.Code);
            if (!selected)
                return;
            Assert.Equal(values, string.Join('|', selection.Fields.Select(field => Encoding.UTF8.GetString(field.Value.Span))));
            Assert.Equal(written, selection.Write(_ => RulesUnderTest.Replacement("T")));
        }
    }
}
