// Request and answer frames (rpc.md, section 2), without their length prefix.
import { sign } from 'node:crypto';
import { label, u64, u8 } from './bytes.mjs';

export const Call = Object.freeze({ hello: 1, getAttestationDocument: 2, transform: 3, getPublicKeys: 4, startStream: 6, continueStream: 7 });
export const zeroNonce = Buffer.alloc(32);
export const frameBytesMax = 4 * 1024 * 1024;

const version = 1;
const directionToEngine = 1;
const answerHeaderLength = 12;

/** What the signature of a request frame is over. */
export function signedBytes({ call, callerKeyId, sequence, channel, sessionNonce, payload }) {
  const header = Buffer.from([directionToEngine, version, call]);
  return Buffer.concat([label('E3-RPC-REQUEST-V1'), header, callerKeyId, u64(sequence), channel, sessionNonce, payload]);
}

export function encodeRequest(request, signature) {
  const { call, callerKeyId, sequence, channel, payload } = request;
  return Buffer.concat([u8(version), u8(call), callerKeyId, u64(sequence), channel, signature, payload]);
}

export function signRequest(request, privateKey) {
  const signature = sign('sha256', signedBytes(request), { key: privateKey, dsaEncoding: 'ieee-p1363' });
  return encodeRequest(request, signature);
}

/** Reads an answer frame, or gives undefined for what is none. */
export function readAnswer(frame) {
  if (frame.length < answerHeaderLength || frame[0] !== version) return undefined;
  const answer = { call: frame[1], sequence: frame.readBigUInt64BE(2), code: frame.readUInt16BE(10), payload: frame.subarray(answerHeaderLength) };
  return answer.code !== 0 && answer.payload.length > 0 ? undefined : answer;
}
