// Files: the golden ones of tests/vectors, computed here from tokens.md alone, and real ones through the real engine.
import assert from 'node:assert/strict';
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { EnclaveClient, EngineRefusal, isSealedFile, openFile, sealFile, sealedFileLength } from '../client.mjs';
import { nameOf } from '../errors.mjs';
import { missing, startEngine } from './engine.mjs';

const vectors = (name) => JSON.parse(readFileSync(new URL(`../../../tests/vectors/${name}.json`, import.meta.url), 'utf8'));
const hex = (text) => Buffer.from(text, 'hex');
const { keys } = vectors('keys');
const { sealed, refused } = vectors('files');
const segmentLength = 65_536;
const headerLength = 42;

const contents = (length) => Buffer.from(Uint8Array.from({ length }, (_, i) => i % 251));

function derive(key, nonce) {
  const encrypt = (block) => createCipheriv('aes-256-ecb', key, null).setAutoPadding(false).update(block);
  const subkey = BigInt(`0x${encrypt(Buffer.alloc(16)).toString('hex')}`);
  const doubled = BigInt.asUintN(128, subkey << 1n) ^ (subkey >> 127n ? 0x87n : 0n);
  const mask = hex(doubled.toString(16).padStart(32, '0'));
  return Buffer.concat([1, 2].map((counter) => encrypt(Buffer.concat([Buffer.from([0, counter, 0x58, 0]), nonce.subarray(0, 12)]).map((byte, i) => byte ^ mask[i]))));
}

const associatedData = (header, { app, role, context }) =>
  Buffer.concat([header, ...[app, role].flatMap((name) => [Buffer.from([name.length]), Buffer.from(name)]), hex(context)]);

function nonceOf(random, segment, last) {
  const tail = Buffer.alloc(5);
  tail.writeUInt32BE(segment);
  tail[4] = last ? 1 : 0;
  return Buffer.concat([random.subarray(12), tail]);
}

/** Opens a sealed file by its segments: { released, failure? }. */
function open(file, binding) {
  if (!isSealedFile(file)) return { released: Buffer.alloc(0), failure: 'TokenMalformed' };
  const header = file.subarray(4, 23);
  const random = file.subarray(23, headerLength);
  const key = keys.find(({ keyId }) => keyId === header.subarray(3, 11).toString('hex'));
  if (!key) return { released: Buffer.alloc(0), failure: 'KeyNotLoaded' };
  const released = [];
  const fail = () => ({ released: Buffer.concat(released), failure: 'TokenRejected' });
  if (key.purpose !== 1 || key.app !== binding.app || (header[1] === 1) !== binding.test) return fail();
  const count = Math.max(1, Math.ceil((file.length - headerLength) / (segmentLength + 16)));
  for (let i = 0; i < count; i++) {
    const segment = file.subarray(headerLength + i * (segmentLength + 16), headerLength + (i + 1) * (segmentLength + 16));
    if (segment.length < 16 || (segment.length === 16 && i > 0)) return fail();
    const decipher = createDecipheriv('aes-256-gcm', derive(hex(key.key), random), nonceOf(random, i, i === count - 1), { authTagLength: 16 });
    decipher.setAAD(associatedData(header, binding)).setAuthTag(segment.subarray(-16));
    try {
      released.push(Buffer.concat([decipher.update(segment.subarray(0, -16)), decipher.final()]));
    } catch {
      return fail();
    }
  }
  return { released: Buffer.concat(released) };
}

function seal(vector) {
  const key = keys.find(({ name }) => name === vector.key);
  const header = hex(vector.associatedData).subarray(0, 19);
  const random = hex(vector.random);
  const file = contents(vector.length);
  const parts = [Buffer.from('\x89e3.', 'latin1'), header, random];
  const count = Math.max(1, Math.ceil(file.length / segmentLength));
  for (let i = 0; i < count; i++) {
    const cipher = createCipheriv('aes-256-gcm', derive(hex(key.key), random), nonceOf(random, i, i === count - 1), { authTagLength: 16 });
    cipher.setAAD(associatedData(header, vector));
    parts.push(cipher.update(file.subarray(i * segmentLength, (i + 1) * segmentLength)), cipher.final(), cipher.getAuthTag());
  }
  return Buffer.concat(parts);
}

for (const vector of sealed) {
  test(`sealed file: ${vector.name}`, () => {
    const file = seal(vector);
    assert.equal(file.length, sealedFileLength(vector.length));
    assert.equal(createHash('sha256').update(file).digest('hex'), vector.sha256);
    if (vector.file) assert.equal(file.toString('hex'), vector.file);
    assert.deepEqual(open(file, vector), { released: contents(vector.length) });
  });
}

for (const vector of refused) {
  test(`file that does not open: ${vector.why}`, () => {
    const file = Buffer.concat(vector.pieces.map(({ of, from, to }) => seal(sealed.find(({ name }) => name === of)).subarray(from, to)));
    if (vector.flip) file[vector.flip.at] ^= vector.flip.mask;
    assert.deepEqual(open(file, vector), { released: contents(vector.released), failure: vector.failure });
  });
}

describe('files through an engine', { skip: missing, timeout: 120_000 }, () => {
  const binding = { app: 'shop', role: 'card' };
  let engine;
  let requests;
  let readers;

  before(async () => {
    engine = await startEngine();
    const connect = async (caller) => EnclaveClient.connect({ ...engine, caller: await engine.caller(caller) });
    [requests, readers] = [await connect('requests'), await connect('readers')];
  });
  after(async () => {
    requests?.close();
    readers?.close();
    await engine?.end();
  });

  const all = async (source) => {
    const parts = [];
    for await (const part of source) parts.push(part);
    return Buffer.concat(parts);
  };
  const refusal = (name) => (error) => error instanceof EngineRefusal && assert.equal(nameOf(error.code), name) === undefined;

  for (const length of [0, 1, segmentLength, segmentLength + 1, 7 * segmentLength, 9 * segmentLength + 5]) {
    test(`a file of ${length} bytes comes back`, async () => {
      const file = randomBytes(length);
      const token = await all(sealFile(requests, binding, [file.subarray(0, 3), file.subarray(3)]));
      assert.equal(token.length, sealedFileLength(length));
      assert.ok((await all(openFile(readers, binding, [token]))).equals(file));
    });
  }

  test('a file that was cut, changed or bound to something else does not open', async () => {
    const token = await all(sealFile(requests, binding, [randomBytes(8 * segmentLength)]));
    await assert.rejects(all(openFile(readers, binding, [token.subarray(0, token.length - segmentLength - 16)])), refusal('TokenRejected'));
    await assert.rejects(all(openFile(readers, { ...binding, role: 'ssn' }, [token])), refusal('TokenRejected'));
    await assert.rejects(all(openFile(readers, binding, [randomBytes(100)])), refusal('TokenMalformed'));
    await assert.rejects(all(openFile(requests, binding, [token])), refusal('OperationNotGranted'));
    token[token.length - 1] ^= 1;
    await assert.rejects(all(openFile(readers, binding, [token])), refusal('TokenRejected'));
  });

  test('files that nobody reads to the end make room', async () => {
    for (let i = 0; i < 40; i++) {
      for await (const part of sealFile(requests, binding, [randomBytes(10)])) {
        assert.equal(part.length, headerLength);
        break;
      }
    }
    assert.equal((await all(sealFile(requests, binding, []))).length, sealedFileLength(0));
  });
});
