namespace E3.Relay.Architecture.Tests;

public sealed class CodeLinesTests
{
    [Theory]
    [InlineData("", 0)]
    [InlineData("using System;\nusing static System.Math;\nusing X = System.Int32;\nnamespace A.B;\n", 0)]
    [InlineData("// only\n/* a\n comment */\n/// doc\n", 0)]
    [InlineData("namespace A\n{\n    class C\n    {\n    }\n}\n", 1)]
    [InlineData("class C\n{\n    int F() // why\n    {\n        return 1;\n    }\n}\n", 3)]
    [InlineData("class C { int F() { int a = 1; a++; return a; } }", 5)]
    [InlineData("class C { void F(bool b) { if (b) return; } }", 4)]
    [InlineData("class C\n{\n    string s = \"\"\"\n        // no comment\n\n        \"\"\";\n}\n", 5)]
    [InlineData("class C\n{\n    string s = $\"{(true ? \"//\" : \"\")}\"; int t;\n}\n", 3)]
    [InlineData("enum E { A, B }\n", 1)]
    [InlineData("class C\n{\n    void F() => G(\n        1,\n        x =>\n        {\n            H();\n        });\n}\n", 5)]
    public void Count_OfCode_IsWhatMustBeRead(string source, int expected) => Assert.Equal(expected, CodeLines.Count(source));
}
