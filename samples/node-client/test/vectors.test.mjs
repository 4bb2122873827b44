// The golden bytes of tests/vectors must come out of this implementation too.
import assert from 'node:assert/strict';
import { createPublicKey, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { keyId, label, sha256, u64 } from '../bytes.mjs';
import { userData } from '../attestation.mjs';
import * as documents from '../documents.mjs';
import { names } from '../errors.mjs';
import { encodeRequest, readAnswer, signedBytes } from '../frames.mjs';
import { encode, read } from '../messages.mjs';
import { isToken, parseToken, roleId, tokenLength } from '../tokens.mjs';

const root = new URL('../../../', import.meta.url);
const vectors = (name) => JSON.parse(readFileSync(new URL(`tests/vectors/${name}.json`, root), 'utf8'));
const hex = (text) => Buffer.from(text, 'hex');
const verifies = (spki, message, signature) =>
  verify('sha256', message, { key: createPublicKey({ key: spki, format: 'der', type: 'spki' }), dsaEncoding: 'ieee-p1363' }, signature);

for (const vector of vectors('frames').requests) {
  test(`request frame: ${vector.name}`, () => {
    const request = {
      call: vector.call, callerKeyId: keyId(hex(vector.callerSpki)), sequence: BigInt(vector.sequence),
      channel: hex(vector.channel), sessionNonce: hex(vector.sessionNonce), payload: hex(vector.payload),
    };
    assert.equal(request.callerKeyId.toString('hex'), vector.callerKeyId);
    assert.equal(sha256(signedBytes(request)).toString('hex'), vector.digest);
    assert.equal(encodeRequest(request, hex(vector.signature)).toString('hex'), vector.frame);
    assert.ok(verifies(hex(vector.callerSpki), signedBytes(request), hex(vector.signature)));
  });
}

for (const vector of vectors('frames').answers) {
  test(`answer frame: ${vector.name}`, () => {
    const { call, sequence, code, payload } = readAnswer(hex(vector.header));
    assert.deepEqual([call, sequence, code, payload.length], [vector.call, BigInt(vector.sequence), vector.code, 0]);
  });
}

test('answer frame: what is none is refused', () => {
  const [{ header }] = vectors('frames').answers;
  assert.equal(readAnswer(hex(header).subarray(0, 11)), undefined, 'too short');
  assert.equal(readAnswer(hex(`02${header.slice(2)}`)), undefined, 'other version');
  assert.equal(readAnswer(hex(`${header.slice(0, -4)}000600`)), undefined, 'payload behind a code');
});

for (const vector of vectors('documents').grants) {
  test(`grant: ${vector.name}`, () => {
    const { fleetId, serial, notBefore, notAfter, kind, callerSpki, caller, apps, roles, operations, limits, body } = vector;
    const grant = [1, hex(fleetId), Number(serial), notBefore, notAfter, kind, hex(callerSpki), caller, apps, roles, operations, limits];
    assert.equal(encode(grant).toString('hex'), body);
  });
}

test('genesis', () => {
  const [{ fleetId, rootKey, commitment, body }] = vectors('documents').genesis;
  assert.equal(sha256(label('E3-ROOT-COMMITMENT-V1'), hex(fleetId), hex(rootKey)).toString('hex'), commitment);
  assert.equal(encode([1, hex(fleetId), hex(commitment)]).toString('hex'), body);
  assert.deepEqual(documents.readGenesis(hex(body)), { fleetId: hex(fleetId), rootCommitment: hex(commitment) });
});

for (const { name, kind, body, digest, signers, document } of vectors('documents').signed) {
  test(`signed document: ${name}`, () => {
    const keys = signers.map(hex);
    assert.equal(sha256(documents.signedBytes(kind, hex(body))).toString('hex'), digest);
    assert.equal(documents.open(hex(document), kind, keys, keys.length).toString('hex'), body);
    assert.throws(() => documents.open(hex(document), kind + 1, keys, 1), /is of kind/);
    assert.throws(() => documents.open(hex(document), kind, keys, keys.length + 1), /it takes/);
    assert.throws(() => documents.open(hex(document), kind, [], 0), /it takes/);
    assert.throws(() => documents.open(hex(`${document}00`), kind, keys, 1), 'a byte behind');
    const changed = hex(document);
    changed[changed.length - 1] ^= 1;
    assert.throws(() => documents.open(changed, kind, keys, keys.length), /it takes/);
  });
}

test('signed document: a signature given twice counts once', () => {
  const { kind, document, signers } = vectors('documents').signed.find(({ name }) => name === 'genesis of two administrators');
  const [, body, signatures] = read(hex(document), (value) => value);
  const doubled = encode([kind, body, [signatures[0], signatures[0]]]);
  assert.throws(() => documents.open(doubled, kind, signers.map(hex), 2), /1 administrators signed/);
});

test('list of measurements: an image without PCR0 to PCR2, or with one twice, is refused', () => {
  const list = (pcrs) => Buffer.concat([encode([1, Buffer.alloc(16), 1, 0, 9]).fill(0x96, 0, 1), encode([['name', 0, 9]]).fill(0x94, 1, 2), pcrs]);
  const pcr = (index) => [Buffer.from([index]), encode(Buffer.alloc(48, index))];
  const map = (...indexes) => Buffer.concat([Buffer.from([0x80 | indexes.length]), ...indexes.flatMap(pcr)]);
  assert.equal(documents.readMeasurements(list(map(0, 1, 2, 8))).images[0].pcrs.size, 4);
  assert.throws(() => documents.readMeasurements(list(map(0, 1))), /without PCR0/);
  assert.throws(() => documents.readMeasurements(list(map(1, 2, 3))), /without PCR0/);
  assert.throws(() => documents.readMeasurements(list(map(0, 1, 2, 32))), /PCR2/);
  assert.throws(() => documents.readMeasurements(list(map(0, 1, 2, 2))), /different keys/);
});

for (const { name, message } of vectors('messages').messages) {
  test(`message: ${name}`, () => assert.equal(encode(read(hex(message), (value) => value)).toString('hex'), message));
}

test('messages that this client makes', () => {
  const bytes = (name) => vectors('messages').messages.find((one) => one.name === name).message;
  const nonce = Buffer.from(Array.from({ length: 32 }, (_, i) => 0x40 + i));
  const card = Buffer.from('4242424242424242');
  assert.equal(encode([1, 1, nonce, Buffer.from('grant')]).toString('hex'), bytes('Hello'));
  assert.equal(
    encode([[9, 'shop', 'card', Buffer.from([0, 1, 2]), [0, 4, 0x2022], [1, card, 2, Buffer.from('1.0'), 4, Buffer.alloc(0)]]]).subarray(1).toString('hex'),
    bytes('TransformGroup'));
  assert.equal(encode([3, 'shop', 'card', Buffer.alloc(0), [6, 4, 1, true, 1], [1, card]]).toString('hex'), bytes('TransformGroup, preserve'));
});

test('user_data', () => {
  const { messages, userData: [{ tlsSpki, userData: expected }] } = vectors('messages');
  const [fleetId, rootCommitment, chainLength, chainHead, publicKeysDigest] = read(hex(messages.find(({ name }) => name === 'AttestationStatement').message), (value) => value);
  const statement = { fleetId, rootCommitment, chainLength, chainHead, publicKeysDigest };
  assert.equal(userData(hex(tlsSpki), statement).toString('hex'), expected);
});

test('state entries and their chain', () => {
  let head = Buffer.alloc(32);
  for (const vector of vectors('state').entries) {
    assert.equal(head.toString('hex'), vector.previousHead);
    const { position, app, purpose, keyVersion, keyId: id, attachment, nonce, sealed } = vector;
    const entry = encode([1, position, head, app, purpose, keyVersion, hex(id), hex(attachment), hex(nonce), hex(sealed)]);
    assert.equal(entry.toString('hex'), vector.entry);
    head = sha256(label('E3-STATE-CHAIN-V1'), u64(position), head, sha256(entry));
    assert.equal(head.toString('hex'), vector.head);
  }
});

for (const { name, token, decoded } of vectors('tokens').wellFormed) {
  test(`token: ${name}`, () => {
    const parts = parseToken(token);
    const { keyId: id, roleId: role, nonce, ciphertext, tag, test: isTest, algorithm, paddedLength } = parts;
    const length = Buffer.alloc(4);
    length.writeUInt32BE(paddedLength);
    assert.equal(Buffer.concat([Buffer.from([1, isTest ? 1 : 0, algorithm]), id, role, length, nonce, ciphertext, tag]).toString('hex'), decoded);
    assert.equal(token.length, tokenLength(paddedLength - 2));
  });
}

for (const { why, token } of vectors('tokens').refused) test(`no token: ${why}`, () => assert.equal(isToken(token), false));

test('token headers and lengths', () => {
  for (const { algorithm, flags, keyId: id, roleId: role, paddedLength, header } of vectors('tokens').headers.slice(0, 2)) {
    const bytes = Buffer.concat([hex(header), Buffer.alloc(24 + paddedLength + 16)]);
    const parts = parseToken(`e3.${bytes.toString('base64url')}`);
    assert.deepEqual([parts.algorithm, parts.test, parts.keyId.toString('hex'), parts.roleId.toString('hex')], [algorithm, flags === 1, id, role]);
  }
  assert.deepEqual([0, 14, 15, 30, 31, 46, 47, 62].map((n) => tokenLength(n)), [103, 103, 125, 125, 146, 146, 167, 167]);
  assert.equal(tokenLength(14), tokenLength(14, 2) + 32);
  assert.equal(roleId('card').toString('hex'), sha256(Buffer.from('card')).toString('hex').slice(0, 8));
});

test('error names are those of docs/errors.md', () => {
  const rows = readFileSync(new URL('docs/errors.md', root), 'utf8').matchAll(/^\| (\d+) \| `(\w+)` \|/gm);
  assert.deepEqual(new Map([...rows].map(([, code, name]) => [Number(code), name])), names);
});

test('messages of another shape are refused', async () => {
  const { MalformedMessage, bin, integer, tuple } = await import('../messages.mjs');
  const shape = tuple(integer, bin(2));
  assert.deepEqual(read(encode([1, Buffer.from([2, 3])]), shape), [1, Buffer.from([2, 3])]);
  for (const bytes of ['', '91', '9201', '9201c40102', '92c4020203c4020203', '9301c402020301', '9201c402020300', '92ffc4020203', '9201a20203', 'c1', 'dfffffffff'])
    assert.throws(() => read(hex(bytes), shape), MalformedMessage, bytes);
});
