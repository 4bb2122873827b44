namespace E3.Relay.Helper.Configuration;

/// <summary>One kind of key authority.</summary>
internal abstract record KeyAuthoritySettings;
