// The path of an attestation document's certificates (RFC 5280, section 6), for chains of one name each and without revocation, which Nitro has not.
import { X509Certificate } from 'node:crypto';
import { sha256 } from './bytes.mjs';
import { AttestationRefusal } from './errors.mjs';

const basicConstraints = '551d13';
const keyUsage = '551d0f';
const pathMax = 8;

/** Verifies [root, …, leaf] in DER; the first must be one of `roots` (hexadecimal SHA-256). Gives the leaf and the root that was met. */
export function verifyPath(path, roots, now) {
  if (path.length < 2 || path.length > pathMax) refuse('the chain has no root, or is too long');
  const root = sha256(path[0]).toString('hex');
  if (!roots.has(root)) refuse(`the chain ends at a root that is not pinned (SHA-256 ${root})`);

  const certificates = path.map(parse);
  certificates.forEach((certificate, i) => {
    if (now < Date.parse(certificate.validFrom) || now > Date.parse(certificate.validTo)) refuse('a certificate is not valid at this time');
    const constraints = constraintsOf(certificate.raw);
    if (i === certificates.length - 1) return;
    if (!certificate.ca || certificates.length - 2 - i > constraints.pathLength) refuse('a certificate may not issue the next one');
    const next = certificates[i + 1];
    // checkIssued compares names and key identifiers and looks for keyCertSign; it verifies no signature.
    if (!next.checkIssued(certificate) || !next.verify(certificate.publicKey)) refuse('a certificate was not issued by the one before it');
  });
  return { leaf: certificates.at(-1), root };
}

function parse(der) {
  try {
    return new X509Certificate(der);
  } catch {
    return refuse('a certificate cannot be read');
  }
}

/** Path length of a certificate (Infinity without one). A critical extension that is not understood here refuses it. */
function constraintsOf(der) {
  const [tbs] = children(children(der)[0].content);
  const extensions = children(tbs.content).find((field) => field.tag === 0xa3);
  const result = { pathLength: Infinity };
  for (const extension of extensions ? children(children(extensions.content)[0].content) : []) {
    const [oid, ...rest] = children(extension.content);
    const id = oid.content.toString('hex');
    const critical = rest[0].tag === 0x01 && rest[0].content[0] !== 0;
    if (critical && id !== basicConstraints && id !== keyUsage) refuse('a certificate has a critical extension that is not understood');
    if (id !== basicConstraints) continue;
    const length = children(children(rest.at(-1).content)[0].content).find((field) => field.tag === 0x02);
    if (length) result.pathLength = length.content.readUIntBE(0, length.content.length);
  }
  return result;
}

/** The DER elements that follow each other in `bytes`. What comes here was parsed by X509Certificate already. */
function children(bytes) {
  const found = [];
  for (let offset = 0; offset < bytes.length;) {
    let length = bytes[offset + 1];
    let start = offset + 2;
    if (length & 0x80) {
      const count = length & 0x7f;
      length = bytes.readUIntBE(start, count);
      start += count;
    }
    if (start + length > bytes.length) refuse('a certificate cannot be read');
    found.push({ tag: bytes[offset], content: bytes.subarray(start, start + length) });
    offset = start + length;
  }
  return found;
}

function refuse(reason) {
  throw new AttestationRefusal(reason);
}
