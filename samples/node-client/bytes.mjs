// Fixed layouts: big-endian integers, joined bytes, digests.
import { createHash } from 'node:crypto';

export const u8 = (value) => Buffer.from([value]);

export function u16(value) {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

export function u32(value) {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

export function u64(value) {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}

export function sha256(...parts) {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}

/** A view of the same bytes, with the methods of Buffer. */
export const view = (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** The first 8 bytes of the SHA-256 of a SubjectPublicKeyInfo. */
export const keyId = (spki) => sha256(spki).subarray(0, 8);

/** A label with its terminating zero byte, in front of everything that is signed or hashed. */
export const label = (text) => Buffer.from(`${text}\0`, 'latin1');
