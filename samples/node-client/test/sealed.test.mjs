// The golden tokens and hashes of tests/vectors under their keys. A client holds no such keys: this shows that tokens.md is enough to compute them.
// Algorithm 2 (AES-256-GCM-SIV) and FF1 are not in node:crypto; of algorithm 2 only the form is tested here.
import assert from 'node:assert/strict';
import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { isToken, parseToken, roleId } from '../tokens.mjs';

const vectors = (name) => JSON.parse(readFileSync(new URL(`../../../tests/vectors/${name}.json`, import.meta.url), 'utf8'));
const hex = (text) => Buffer.from(text, 'hex');
const { keys } = vectors('keys');
const { sealed, refused } = vectors('sealed');
const blockLength = 16;

/** XAES-256-GCM: two blocks of AES-256-CMAC over counter, "X", 00 and the first 12 bytes of the nonce are the key of AES-256-GCM. */
function derive(key, nonce) {
  const encrypt = (block) => createCipheriv('aes-256-ecb', key, null).setAutoPadding(false).update(block);
  const subkey = BigInt(`0x${encrypt(Buffer.alloc(blockLength)).toString('hex')}`);
  const doubled = BigInt.asUintN(128, subkey << 1n) ^ (subkey >> 127n ? 0x87n : 0n);
  const mask = hex(doubled.toString(16).padStart(2 * blockLength, '0'));
  return Buffer.concat([1, 2].map((counter) => {
    const block = Buffer.concat([Buffer.from([0, counter, 0x58, 0]), nonce.subarray(0, 12)]);
    return encrypt(block.map((byte, i) => byte ^ mask[i]));
  }));
}

/** [type, value] of a token of algorithm 1, or undefined. */
function open(token, { app, role, context, test: testEngine }) {
  const parts = parseToken(token);
  const key = keys.find(({ keyId }) => parts && keyId === parts.keyId.toString('hex'));
  if (!key || parts.algorithm !== 1 || key.purpose !== 1 || key.app !== app || parts.test !== testEngine) return undefined;
  const header = Buffer.from(token.slice(3), 'base64url').subarray(0, 19);
  const decipher = createDecipheriv('aes-256-gcm', derive(hex(key.key), parts.nonce), parts.nonce.subarray(12), { authTagLength: 16 });
  decipher.setAAD(associatedData(header, app, role, hex(context))).setAuthTag(parts.tag);
  try {
    return unpad(Buffer.concat([decipher.update(parts.ciphertext), decipher.final()]));
  } catch {
    return undefined;
  }
}

const associatedData = (header, app, role, context) => Buffer.concat([header, ...[app, role].flatMap((name) => [Buffer.from([name.length]), Buffer.from(name)]), context]);

function unpad(plaintext) {
  const end = plaintext.findLastIndex((byte) => byte !== 0);
  return end >= 1 && plaintext[end] === 0x80 && plaintext[0] >= 1 && plaintext[0] <= 7 ? [plaintext[0], plaintext.subarray(1, end)] : undefined;
}

for (const vector of sealed) {
  test(`sealed token: ${vector.name}`, () => {
    const { algorithm, token, app, role, context, type, value } = vector;
    const parts = parseToken(token);
    assert.deepEqual([parts.algorithm, parts.test, parts.nonce.toString('hex'), parts.roleId.toString('hex')], [algorithm, vector.test, vector.nonce, roleId(role).toString('hex')]);
    assert.equal(associatedData(Buffer.from(token.slice(3), 'base64url').subarray(0, 19), app, role, hex(context)).toString('hex'), vector.associatedData);
    assert.deepEqual(unpad(hex(vector.plaintext)), [type, hex(value)]);
    if (algorithm === 1) assert.deepEqual(open(token, vector), [type, hex(value)]);
  });
}

for (const vector of refused) {
  test(`token that does not open: ${vector.why}`, () => {
    assert.equal(isToken(vector.token), vector.failure !== 'TokenMalformed');
    assert.equal(open(vector.token, vector), undefined);
  });
}

for (const { name, key: keyName, app, role, context, value, message, hash } of vectors('hashes').hashes) {
  test(`hash: ${name}`, () => {
    const { key } = keys.find((one) => one.name === keyName);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(context.length / 2);
    assert.equal(Buffer.concat([length, associatedData(Buffer.alloc(0), app, role, hex(context)), hex(value)]).toString('hex'), message);
    assert.equal(createHmac('sha256', hex(key)).update(hex(message)).digest('base64url'), hash);
  });
}
