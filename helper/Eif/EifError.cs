namespace E3.Relay.Helper.Eif;

/// <summary>Why a file is no enclave image that could be trusted to be what it looks like, or why its signature is refused. The checks are made in this order.</summary>
internal enum EifError
{
    None,

    /// <summary>The file ends within its header.</summary>
    HeaderTruncated,

    /// <summary>It does not begin with <c>.eif</c>.</summary>
    MagicWrong,

    /// <summary>A version of the format other than 4.</summary>
    VersionUnsupported,

    /// <summary>Bits or fields are set that the format does not define.</summary>
    HeaderUnexpected,

    /// <summary>Under 4 or over 32 sections: kernel, command line, metadata and a ramdisk are the least.</summary>
    SectionCountInvalid,

    /// <summary>The sections do not fill the file one behind the other, as the header says.</summary>
    SectionPlaceInvalid,

    /// <summary>A section of an unknown kind, or one where it may not stand: kernel, command line, metadata, ramdisks, signature.</summary>
    SectionUnexpected,

    /// <summary>The checksum is not that of the bytes.</summary>
    ChecksumWrong,

    /// <summary>There is no signature.</summary>
    Unsigned,

    /// <summary>The signature section is not one certificate and one COSE_Sign1 (RFC 9052) with ES384 over one PCR.</summary>
    SignatureMalformed,

    /// <summary>The signature does not verify under its certificate, or is one over another PCR0.</summary>
    SignatureInvalid,

    /// <summary>The certificate is not valid at this time.</summary>
    CertificateOutsideValidity,

    /// <summary>The image is signed, but not by the certificate that was asked for.</summary>
    CertificateOther,
}
