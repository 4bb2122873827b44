// Administrative documents (rpc.md, section 6): who signed them, and what is in them.
import { createPublicKey, verify } from 'node:crypto';
import { keyId, label, u32, u8 } from './bytes.mjs';
import { bin, integer, listOf, mapOf, read, string, tuple } from './messages.mjs';
import { AttestationRefusal } from './errors.mjs';

export const Kind = Object.freeze({ grant: 1, genesis: 2, measurements: 3, policy: 4, order: 5 });
const documentBytesMax = 12 * 1024;
const signaturesMax = 16;
const imagesMax = 64;

const document = tuple(integer, bin(), listOf(tuple(bin(8), bin(64))));
const genesis = tuple(integer, bin(16), bin(32));
const image = tuple(string, integer, integer, mapOf(bin(48)));
const measurements = tuple(integer, bin(16), integer, integer, integer, listOf(image));

/** What every signature of a document is over. */
export const signedBytes = (kind, body) => Buffer.concat([label('E3-ADMIN-DOCUMENT-V1'), u8(kind), u32(body.length), body]);

/** The body of a document of this kind that at least `threshold` of the administrators (an array of SPKI) signed. */
export function open(bytes, kind, administrators, threshold) {
  if (bytes.length > documentBytesMax) throw new AttestationRefusal('an administrative document is too long');
  const [found, body, signatures] = read(bytes, document);
  if (found !== kind) throw new AttestationRefusal(`an administrative document is of kind ${found} instead of ${kind}`);
  if (signatures.length > signaturesMax) throw new AttestationRefusal('an administrative document has too many signatures');
  const message = signedBytes(kind, body);
  const signed = administrators.filter((spki) => signatures.some(([id, signature]) => id.equals(keyId(spki)) && isBy(spki, message, signature)));
  if (threshold < 1 || signed.length < threshold)
    throw new AttestationRefusal(`${signed.length} administrators signed the document of kind ${kind}, and it takes ${threshold}`);
  return body;
}

export function readGenesis(body) {
  const [version, fleetId, rootCommitment] = read(body, genesis);
  requireVersion(version);
  return { fleetId, rootCommitment };
}

/** Images name at least PCR0, PCR1 and PCR2. Times are seconds; not-after is the first second outside. */
export function readMeasurements(body) {
  const [version, fleetId, serial, notBefore, notAfter, images] = read(body, measurements);
  requireVersion(version);
  if (images.length > imagesMax) throw new AttestationRefusal('the list of measurements has too many images');
  for (const [, , , pcrs] of images) {
    if (![0, 1, 2].every((index) => pcrs.has(index)) || [...pcrs.keys()].some((index) => index > 31))
      throw new AttestationRefusal('the list of measurements has an image without PCR0, PCR1 and PCR2');
  }
  return { fleetId, serial, notBefore, notAfter, images: images.map(([name, from, to, pcrs]) => ({ name, notBefore: from, notAfter: to, pcrs })) };
}

function isBy(spki, message, signature) {
  const key = createPublicKey({ key: spki, format: 'der', type: 'spki' });
  return verify('sha256', message, { key, dsaEncoding: 'ieee-p1363' }, signature);
}

function requireVersion(version) {
  if (version !== 1) throw new AttestationRefusal(`an administrative document has version ${version}`);
}
