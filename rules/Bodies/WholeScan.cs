namespace E3.Relay.Rules.Bodies;

/// <summary>Takes a body that begins as a sealed file does for one, whatever its content type says: no UTF-8 text begins so.</summary>
internal static class WholeScan
{
    internal static bool TrySelect(SelectionBuilder found)
    {
        if (!found.Tokens.IsSealedFile(found.Body.Span))
            return JudgeOther(found);
        int operation = -1, bindSlot = -1;
        for (int selector = 0; selector < found.Plan.Targets.Length; selector++)
        {
            if (!found.Select(selector, ref operation, ref bindSlot))
                return false;
        }

        return found.Add(operation, FieldType.Bytes, found.Body, new FieldSite(0, found.Body.Length, 0, false));
    }

    private static bool JudgeOther(SelectionBuilder found)
    {
        FieldOperation? strict = Array.Find(found.Plan.Operations, static operation => operation.Strict);
        return strict is null || found.Refuse(RefusalCode.NotAToken, strict.RuleId);
    }
}
