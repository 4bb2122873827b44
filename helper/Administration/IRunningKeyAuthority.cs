using E3.Relay.Helper.Keys;

namespace E3.Relay.Helper.Administration;

/// <summary>A key authority, with whatever has to run for it.</summary>
internal interface IRunningKeyAuthority : IAsyncDisposable
{
    IKeyAuthority Authority { get; }
}
