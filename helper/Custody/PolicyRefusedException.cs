namespace E3.Relay.Helper.Custody;

/// <summary>The policy would revoke the grant under which this helper brings engines up.</summary>
internal sealed class PolicyRefusedException() : Exception("the policy would revoke the helper's own grant; renew that first");
