// The grammar of tokens (tokens.md). Whether a token opens is for the engine to say.
import { sha256, u32 } from './bytes.mjs';

const nonceLengths = new Map([[1, 24], [2, 0]]);
const headerLength = 19;
const tagLength = 16;
const blockLength = 16;

/** The parts of a well-formed token, or undefined. */
export function parseToken(text) {
  const match = /^e3\.([A-Za-z0-9_-]+)$/.exec(text);
  if (!match || text.endsWith('\n')) return undefined;
  const bytes = Buffer.from(match[1], 'base64url');
  // Stray bits in the last character, or a character too many, do not come out again.
  if (bytes.toString('base64url') !== match[1] || bytes.length < headerLength) return undefined;

  const [version, flags, algorithm] = bytes;
  const nonceLength = nonceLengths.get(algorithm);
  const paddedLength = bytes.readUInt32BE(15);
  if (version !== 1 || flags > 1 || nonceLength === undefined) return undefined;
  if (paddedLength < blockLength || paddedLength % blockLength !== 0) return undefined;
  if (bytes.length !== headerLength + nonceLength + paddedLength + tagLength) return undefined;

  const ciphertextStart = headerLength + nonceLength;
  return {
    test: flags === 1,
    algorithm,
    keyId: bytes.subarray(3, 11),
    roleId: bytes.subarray(11, 15),
    paddedLength,
    nonce: bytes.subarray(headerLength, ciphertextStart),
    ciphertext: bytes.subarray(ciphertextStart, ciphertextStart + paddedLength),
    tag: bytes.subarray(ciphertextStart + paddedLength),
  };
}

export const isToken = (text) => parseToken(text) !== undefined;

/** Characters of the token of a value of `valueLength` bytes. */
export function tokenLength(valueLength, algorithm = 1) {
  const bytes = headerLength + nonceLengths.get(algorithm) + tagLength + blockLength * Math.ceil((valueLength + 2) / blockLength);
  return 3 + Math.ceil((bytes * 8) / 6);
}

export const roleId = (role) => sha256(Buffer.from(role, 'utf8')).subarray(0, 4);

/** The bound context: each text behind its length in bytes, in the order of the rule. */
export function context(texts) {
  return Buffer.concat(texts.flatMap((text) => {
    const bytes = Buffer.from(text, 'utf8');
    return [u32(bytes.length), bytes];
  }));
}
