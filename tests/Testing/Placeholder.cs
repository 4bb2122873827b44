namespace E3.Relay.Testing;
internal static class Placeholder;
