using E3.Relay.Helper.Keys;
using E3.Relay.Helper.Keys.Files;

namespace E3.Relay.Helper.Configuration;

/// <summary>A key file under a passphrase.</summary>
internal sealed record KeyFileSettings(string File, PassphraseSource Passphrase, KeyPolicy Policy) : KeyAuthoritySettings;
