namespace E3.Relay.Helper.Nsm;

/// <summary>What the Nitro security module answers instead of a result, by the names that it uses.</summary>
internal enum NsmErrorCode
{
    InvalidArgument,
    InvalidIndex,
    ReadOnlyIndex,
    InvalidOperation,
    InputTooLarge,
}
