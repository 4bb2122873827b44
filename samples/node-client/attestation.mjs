// What a client verifies before it sends anything but its Hello (rpc.md, section 4).
import { verify } from 'node:crypto';
import * as cbor from './cbor.mjs';
import { label, sha256, u32, u64 } from './bytes.mjs';
import { verifyPath } from './certificates.mjs';
import { Kind, open, readGenesis, readMeasurements } from './documents.mjs';
import { AttestationRefusal } from './errors.mjs';

/** SHA-256 of the DER of "aws.nitro-enclaves", the root of all Nitro Enclaves. */
export const awsRoot = '641a0321a3e244efe456463195d606317ed7cdcc3c1756e09893f3c68f79bb5b';

const documentBytesMax = 12 * 1024;
const protectedHeader = Buffer.from('a1013822', 'hex'); // { 1 (alg): -35 (ES384) }
const signature1 = Buffer.from('846a5369676e617475726531', 'hex'); // array of 4, "Signature1"
const fieldBytesMax = 1024;

/** Verifies a COSE_Sign1 attestation document and its chain up to one of `roots` (a Set of hexadecimal SHA-256). Gives its fields. */
export function verifyDocument(bytes, { roots, now }) {
  if (bytes.length > documentBytesMax) refuse('the attestation document is too long');
  const { payload, signature } = readEnvelope(decode(bytes));
  const fields = readFields(decode(payload));
  const { leaf, root } = verifyPath([...fields.cabundle, fields.certificate], roots, now);
  const key = leaf.publicKey;
  if (key.asymmetricKeyDetails?.namedCurve !== 'secp384r1') refuse('the leaf key is not of P-384');
  const signed = Buffer.concat([signature1, cbor.encodeBytes(protectedHeader), cbor.encodeBytes(Buffer.alloc(0)), cbor.encodeBytes(payload)]);
  if (!verify('sha384', signed, { key, dsaEncoding: 'ieee-p1363' }, signature)) refuse('the signature of the attestation document is wrong');
  return { ...fields, root };
}

/**
 * Verifies the evidence of a session: that the other end of this TLS session is an accepted image of the trusted fleet.
 * `now` is in milliseconds. Gives { simulated, image, statement, pcrs, timestamp }.
 */
export function verifyEvidence({ document, statement }, { nonce, tlsSpki, trust, simulatedRoot, now }) {
  const roots = new Set(simulatedRoot ? [awsRoot, sha256(simulatedRoot).toString('hex')] : [awsRoot]);
  const attested = verifyDocument(document, { roots, now });
  const pcr0 = attested.pcrs.get(0);
  if (!pcr0 || pcr0.every((byte) => byte === 0)) refuse('PCR0 is all zero: the enclave runs in debug mode');
  if (!attested.nonce?.equals(nonce)) refuse('the attestation document is for another nonce');
  if (!attested.userData?.equals(userData(tlsSpki, statement))) refuse('the attestation document is for another TLS key or statement');
  if (!statement.fleetId.equals(trust.fleetId)) refuse('the engine is of another fleet');

  const genesis = readGenesis(open(trust.genesis, Kind.genesis, trust.administrators, trust.threshold));
  if (!genesis.fleetId.equals(trust.fleetId)) refuse('the genesis document is of another fleet');
  if (!genesis.rootCommitment.equals(statement.rootCommitment)) refuse('the engine has another root key than the genesis document names');
  const image = acceptedImage(attested.pcrs, trust, now);
  return { simulated: attested.root !== awsRoot, image, statement, pcrs: attested.pcrs, timestamp: attested.timestamp };
}

/** What an engine puts into user_data: its TLS key and the statement. */
export function userData(tlsSpki, { fleetId, rootCommitment, chainLength, chainHead, publicKeysDigest }) {
  const fixed = [fleetId, rootCommitment, u64(chainLength), chainHead, publicKeysDigest];
  return sha256(label('E3-STATEMENT-V1'), u32(tlsSpki.length), tlsSpki, ...fixed);
}

/** The name of the image in the signed list of measurements that has these PCRs now. */
export function acceptedImage(pcrs, trust, now) {
  const list = readMeasurements(open(trust.measurements, Kind.measurements, trust.administrators, trust.threshold));
  const seconds = Math.floor(now / 1000);
  const inTime = ({ notBefore, notAfter }) => notBefore <= seconds && seconds < notAfter;
  if (!list.fleetId.equals(trust.fleetId)) refuse('the list of measurements is of another fleet');
  if (!inTime(list)) refuse('the list of measurements is not valid at this time');
  const image = list.images.find((one) => inTime(one) && [...one.pcrs].every(([index, value]) => pcrs.get(index)?.equals(value)));
  return image?.name ?? refuse('no accepted image has the PCRs of this enclave');
}

function readEnvelope(value) {
  const items = value?.tag === 18 ? value.value : value;
  if (!Array.isArray(items) || items.length !== 4) refuse('the attestation document is no COSE_Sign1');
  const [header, unprotected, payload, signature] = items;
  if (!Buffer.isBuffer(header) || !header.equals(protectedHeader)) refuse('the attestation document is not signed with ES384');
  if (!(unprotected instanceof Map) || unprotected.size !== 0) refuse('the attestation document has unprotected headers');
  if (!Buffer.isBuffer(payload) || !Buffer.isBuffer(signature) || signature.length !== 96) refuse('the attestation document is no COSE_Sign1');
  return { payload, signature };
}

function readFields(map) {
  if (!(map instanceof Map) || map.get('digest') !== 'SHA384') refuse('the attestation document has no digest of SHA-384');
  const pcrs = map.get('pcrs');
  const isPcr = ([index, value]) => Number.isInteger(index) && index >= 0 && index < 32 && Buffer.isBuffer(value) && value.length === 48;
  if (!(pcrs instanceof Map) || pcrs.size === 0 || ![...pcrs].every(isPcr)) refuse('the attestation document has no PCRs');
  const cabundle = map.get('cabundle');
  const certificate = map.get('certificate');
  if (!Array.isArray(cabundle) || ![...cabundle, certificate].every(Buffer.isBuffer)) refuse('the attestation document has no chain');
  return {
    pcrs, cabundle, certificate,
    timestamp: map.get('timestamp'),
    nonce: optional(map.get('nonce')), userData: optional(map.get('user_data')), publicKey: optional(map.get('public_key')),
  };
}

function optional(value) {
  if (value === null || value === undefined) return undefined;
  return Buffer.isBuffer(value) && value.length <= fieldBytesMax ? value : refuse('a field of the attestation document is no byte string, or too long');
}

function decode(bytes) {
  try {
    return cbor.decode(bytes);
  } catch (error) {
    return refuse(`the attestation document cannot be read: ${error.message}`);
  }
}

function refuse(reason) {
  throw new AttestationRefusal(reason);
}
