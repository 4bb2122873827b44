using E3.Relay.Helper.Keys;
using E3.Relay.Helper.Keys.Files;
using E3.Relay.Helper.Keys.Tokens;

namespace E3.Relay.Helper.Configuration;

/// <summary>A PKCS#11 token.</summary>
internal sealed record TokenSettings(TokenOptions Options, PassphraseSource Pin, KeyPolicy Policy) : KeyAuthoritySettings;
