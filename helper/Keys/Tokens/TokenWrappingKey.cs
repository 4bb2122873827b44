using System.Security.Cryptography;
using Net.Pkcs11Interop.Common;
using Net.Pkcs11Interop.HighLevelAPI;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Digests;
using Org.BouncyCastle.Crypto.Encodings;
using ISession = Net.Pkcs11Interop.HighLevelAPI.ISession;

namespace E3.Relay.Helper.Keys.Tokens;

/// <summary>
/// A private RSA key on a PKCS#11 token (OASIS PKCS #11 2.40). It never leaves the token; what it decrypts passes through this process. A session is opened for each use, so a token that was away for a while is found again.
/// </summary>
internal sealed class TokenWrappingKey : IWrappingKey
{
    private const int BitsMin = 2048;
    private readonly Pkcs11InteropFactories _factories = new();
    private readonly IPkcs11Library _library;
    private readonly TokenOptions _options;
    private readonly byte[] _pin;
    private readonly Lock _lock = new();
    private readonly byte[] _modulus;
    private bool _raw;

    /// <summary>Opens the token and finds the key.</summary>
    /// <param name="options">Where it is.</param>
    /// <param name="pin">The user's PIN; this keeps it, for later sessions, and zeroes it at the end.</param>
    /// <exception cref="HelperRefusedException">There is no such library, token or key, the PIN is wrong, or the key could be copied from the token.</exception>
    public TokenWrappingKey(TokenOptions options, byte[] pin)
    {
        _options = options;
        _pin = pin;
        Pkcs11Native.Prepare();
        try
        {
            _library = _factories.Pkcs11LibraryFactory.LoadPkcs11Library(_factories, options.Library, AppType.MultiThreaded);
        }
        catch (Exception e) when (e is UnmanagedException or Pkcs11Exception)
        {
            throw Refused($"{options.Library} cannot be loaded as a PKCS#11 library.");
        }

        try
        {
            RSAParameters parameters = WithKey(ReadPublic);
            using var key = RSA.Create(parameters);
            PublicKey = key.ExportSubjectPublicKeyInfo();
            _modulus = parameters.Modulus!;
            if (key.KeySize < BitsMin || key.KeySize != _modulus.Length * 8)
                throw Refused($"The key '{options.KeyLabel}' has fewer than {BitsMin} bits, or not a whole number of bytes.");
        }
        catch (Pkcs11Exception e)
        {
            _library.Dispose();
            throw Refused($"The token '{options.TokenLabel}' refuses: {e.RV}.");
        }
        catch
        {
            _library.Dispose();
            throw;
        }
    }

    public ReadOnlyMemory<byte> PublicKey { get; }

    /// <exception cref="KeyAuthorityUnavailableException">The token does not answer as it should.</exception>
    public byte[]? Unwrap(ReadOnlySpan<byte> wrapped)
    {
        byte[] ciphertext = wrapped.ToArray();
        if (ciphertext.Length != _modulus.Length)
            return null;
        try
        {
            lock (_lock)
                return WithKey((session, key) => Unwrap(session, key, ciphertext));
        }
        catch (Pkcs11Exception e) when (e.RV is CKR.CKR_ENCRYPTED_DATA_INVALID or CKR.CKR_ENCRYPTED_DATA_LEN_RANGE or CKR.CKR_DATA_INVALID)
        {
            return null;
        }
        catch (Pkcs11Exception e)
        {
            throw new KeyAuthorityUnavailableException(e.RV.ToString());
        }
        catch (HelperRefusedException e)
        {
            throw new KeyAuthorityUnavailableException(e.Message);
        }
    }

    public void Dispose()
    {
        lock (_lock)
            _library.Dispose();
        CryptographicOperations.ZeroMemory(_pin);
    }

    private byte[]? Unwrap(ISession session, IObjectHandle key, byte[] ciphertext)
    {
        try
        {
            if (!_raw)
            {
                using var oaep = _factories.MechanismParamsFactory.CreateCkRsaPkcsOaepParams(
                    ConvertUtils.UInt64FromCKM(CKM.CKM_SHA256), ConvertUtils.UInt64FromCKG(CKG.CKG_MGF1_SHA256), ConvertUtils.UInt64FromUInt32(CKZ.CKZ_DATA_SPECIFIED), null);
                using IMechanism mechanism = _factories.MechanismFactory.Create(CKM.CKM_RSA_PKCS_OAEP, oaep);
                return session.Decrypt(mechanism, key, ciphertext);
            }
        }
        catch (Pkcs11Exception e) when (e.RV is CKR.CKR_ARGUMENTS_BAD or CKR.CKR_MECHANISM_INVALID or CKR.CKR_MECHANISM_PARAM_INVALID)
        {
            _raw = true;
        }

        return UnwrapRaw(session, key, ciphertext);
    }

    private byte[]? UnwrapRaw(ISession session, IObjectHandle key, byte[] ciphertext)
    {
        using IMechanism raw = _factories.MechanismFactory.Create(CKM.CKM_RSA_X_509);
        var padding = new OaepEncoding(new TokenRsaEngine(_modulus, block => session.Decrypt(raw, key, block)), new Sha256Digest(), new Sha256Digest(), null);
        padding.Init(false, null);
        try
        {
            return padding.ProcessBlock(ciphertext, 0, ciphertext.Length);
        }
        catch (InvalidCipherTextException)
        {
            return null;
        }
    }

    private RSAParameters ReadPublic(ISession session, IObjectHandle key)
    {
        List<IObjectAttribute> attributes = session.GetAttributeValue(key, [CKA.CKA_MODULUS, CKA.CKA_PUBLIC_EXPONENT, CKA.CKA_SENSITIVE, CKA.CKA_EXTRACTABLE]);
        return attributes[2].GetValueAsBool() && !attributes[3].GetValueAsBool()
            ? new() { Modulus = attributes[0].GetValueAsByteArray().SkipWhile(static b => b == 0).ToArray(), Exponent = attributes[1].GetValueAsByteArray() }
            : throw Refused($"The key '{_options.KeyLabel}' can be copied from the token; make one with CKA_SENSITIVE and without CKA_EXTRACTABLE.");
    }

    private T WithKey<T>(Func<ISession, IObjectHandle, T> use)
    {
        ISlot[] slots = [.. _library.GetSlotList(SlotsType.WithTokenPresent).Where(slot => slot.GetTokenInfo().Label.TrimEnd() == _options.TokenLabel)];
        if (slots.Length != 1)
            throw Refused($"There {(slots.Length == 0 ? "is no token" : "are several tokens")} with the label '{_options.TokenLabel}'.");
        using ISession session = slots[0].OpenSession(SessionType.ReadOnly);
        session.Login(CKU.CKU_USER, _pin);
        try
        {
            List<IObjectHandle> found = session.FindAllObjects(
            [
                _factories.ObjectAttributeFactory.Create(CKA.CKA_CLASS, CKO.CKO_PRIVATE_KEY),
                _factories.ObjectAttributeFactory.Create(CKA.CKA_KEY_TYPE, CKK.CKK_RSA),
                _factories.ObjectAttributeFactory.Create(CKA.CKA_LABEL, _options.KeyLabel),
            ]);
            return found.Count == 1 ? use(session, found[0]) : throw Refused($"The token has {(found.Count == 0 ? "no" : "several")} private RSA keys with the label '{_options.KeyLabel}'.");
        }
        finally
        {
            session.Logout();
        }
    }

    private static HelperRefusedException Refused(string reason) => new(ExitCode.Refused, reason);
}
