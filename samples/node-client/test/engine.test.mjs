// This client against the real engine: what it is granted, what it refuses, and what it is refused.
import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { createPublicKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { connect as connectTls, createServer } from 'node:tls';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { verifyEvidence } from '../attestation.mjs';
import { keyId, sha256 } from '../bytes.mjs';
import { Alphabet, ConnectionLost, EnclaveClient, EngineRefusal, Operation, Phase, Type, context, isToken, parseToken } from '../client.mjs';
import { Connection } from '../connection.mjs';
import { Kind, open, readMeasurements, signedBytes } from '../documents.mjs';
import { nameOf } from '../errors.mjs';
import { Call, encodeRequest, signRequest, zeroNonce } from '../frames.mjs';
import { encode, read } from '../messages.mjs';
import { missing, startEngine } from './engine.mjs';

const card = { app: 'shop', role: 'card' };
const pan = '4242424242424242';
const refusal = (name) => (error) => error instanceof EngineRefusal && assert.equal(nameOf(error.code), name) === undefined;

describe('with an engine', { skip: missing, timeout: 120_000 }, () => {
  let engine;
  const clients = [];

  before(async () => {
    engine = await startEngine();
  });
  after(async () => {
    clients.forEach((client) => client.close());
    assert.ok(await engine?.end(), 'the helper ends when its standard input does');
  });

  async function connect(caller, changes = {}) {
    const identity = typeof caller === 'string' ? await engine.caller(caller) : caller;
    const client = await EnclaveClient.connect({ ...engine, caller: identity, ...changes });
    clients.push(client);
    return client;
  }

  const sealed = async (text = pan, type = Type.string) =>
    (await (await connect('requests')).transformOne({ ...card, operation: Operation.encrypt }, text, type)).value.toString();

  /** A caller of the test's own, whose grant the simulated administrator signs. */
  function granted(operations, { notBefore = 0, notAfter = 60, kind = 2, limits = [20_000, 1_048_576, 100] } = {}) {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const spki = publicKey.export({ type: 'spki', format: 'der' });
    const now = Math.floor(Date.now() / 1000);
    const grant = [1, engine.trust.fleetId, 1, now + notBefore - 5, now + notAfter, kind, spki, 'test', ['*'], ['*'], operations, limits];
    return { privateKey, spki, grant: administrated(Kind.grant, encode(grant)) };
  }

  function administrated(kind, body) {
    const signature = sign('sha256', signedBytes(kind, body), { key: engine.administratorKey, dsaEncoding: 'ieee-p1363' });
    const spki = createPublicKey(engine.administratorKey).export({ type: 'spki', format: 'der' });
    return encode([kind, body, [[keyId(spki), signature]]]);
  }

  describe('operations', () => {
    test('requests encrypts, readers decrypts, masked masks', async () => {
      const [requests, readers, masked] = [await connect('requests'), await connect('readers'), await connect('masked')];
      assert.equal(requests.attestation.phase, Phase.ready);
      assert.equal(requests.attestation.simulated, true);
      const token = (await requests.transformOne({ ...card, operation: Operation.encrypt }, pan)).value.toString();
      assert.ok(isToken(token) && parseToken(token).test && !token.includes(pan));
      assert.deepEqual(await readers.transformOne({ ...card, operation: Operation.decrypt }, token), { type: Type.string, value: Buffer.from(pan) });
      const mask = { ...card, operation: Operation.mask, parameters: [0, 4, '•'.codePointAt(0)] };
      assert.equal((await masked.transformOne(mask, token)).value.toString(), '••••••••••••4242');
      assert.equal((await requests.transformOne({ ...card, operation: Operation.verify }, token)).value.length, 0);
    });

    test('requests may not decrypt, readers may not encrypt, and a mask is not wider than granted', async () => {
      const token = await sealed();
      const [requests, readers, masked] = [await connect('requests'), await connect('readers'), await connect('masked')];
      await assert.rejects(requests.transformOne({ ...card, operation: Operation.decrypt }, token), refusal('OperationNotGranted'));
      await assert.rejects(readers.transformOne({ ...card, operation: Operation.encrypt }, pan), refusal('OperationNotGranted'));
      await assert.rejects(masked.transformOne({ ...card, operation: Operation.mask, parameters: [0, 5, 42] }, token), refusal('MaskTooWide'));
      await assert.rejects(requests.transformOne({ app: 'books', role: 'card', operation: Operation.encrypt }, pan), refusal('AppUnknown'));
    });

    test('a token opens for its own app, role and context only', async () => {
      const readers = await connect('readers');
      const requests = await connect('requests');
      const bound = { ...card, context: context(['42', 'é']) };
      const token = (await requests.transformOne({ ...bound, operation: Operation.encrypt }, '7', Type.number)).value.toString();
      assert.deepEqual(await readers.transformOne({ ...bound, operation: Operation.decrypt }, token), { type: Type.number, value: Buffer.from('7') });
      for (const other of [{ ...bound, role: 'cvc' }, card, { ...card, context: context(['é', '42']) }, { ...card, context: context(['42é']) }])
        await assert.rejects(readers.transformOne({ ...other, operation: Operation.decrypt }, token), refusal('TokenRejected'));
      const forged = `${token.slice(0, -6)}${token.at(-6) === 'A' ? 'B' : 'A'}${token.slice(-5)}`;
      await assert.rejects(readers.transformOne({ ...bound, operation: Operation.decrypt }, forged), refusal('TokenRejected'));
      await assert.rejects(readers.transformOne({ ...bound, operation: Operation.decrypt }, 'e3.x'), refusal('TokenMalformed'));
    });

    test('every type comes back as it went in, and a field that fails touches no other', async () => {
      const values = [[Type.string, ''], [Type.number, '1.10'], [Type.boolean, 'true'], [Type.null, ''], [Type.object, '{"a":1}'], [Type.array, '[1]'], [Type.bytes, '\0']];
      const items = values.map(([type, value]) => ({ type, value: Buffer.from(value) }));
      items.splice(2, 0, { type: Type.number, value: Buffer.from('01') });
      const [results] = await (await connect('requests')).transform([{ ...card, operation: Operation.encrypt, items }]);
      assert.deepEqual(results.splice(2, 1), [{ code: 62, type: 0, value: Buffer.alloc(0) }]);
      assert.ok(results.every(({ code, type, value }) => code === 0 && type === Type.string && isToken(value.toString())));
      const [opened] = await (await connect('readers')).transform([{ ...card, operation: Operation.decrypt, items: results }]);
      assert.deepEqual(opened.map(({ type, value }) => [type, value.toString()]), values);
    });

    test('the other operations, under a grant of the test', async () => {
      const client = await connect(granted(Object.values(Operation).map((operation) => [operation, 255, 255])));
      const one = async (operation, text, more = {}) => (await client.transformOne({ ...card, operation, ...more }, text)).value.toString();
      const [first, second] = [await one(Operation.encryptDeterministic, pan), await one(Operation.encryptDeterministic, pan)];
      assert.equal(first, second);
      assert.equal(parseToken(first).algorithm, 2);
      assert.deepEqual(JSON.parse(await one(Operation.lookup, pan)), [first]);
      const rewrapped = await one(Operation.rewrap, await one(Operation.encrypt, pan));
      assert.equal(await one(Operation.decrypt, rewrapped), pan);
      assert.match(await one(Operation.hash, pan), /^[A-Za-z0-9_-]{43}$/);
      assert.notEqual(await one(Operation.hash, pan), await one(Operation.hash, pan, { role: 'cvc' }));
      const parameters = [0, 4, Alphabet.digits, true, 1];
      const preserved = await one(Operation.preserve, pan, { parameters });
      assert.match(preserved, /^\d{12}4242$/);
      assert.notEqual(preserved, pan);
      assert.equal(await one(Operation.unpreserve, preserved, { parameters }), pan);
      await assert.rejects(one(Operation.preserve, '4242424242424243', { parameters }), refusal('ValueInvalid'));
      await assert.rejects(one(Operation.preserve, pan, { parameters: [0, 4, Alphabet.digits, true, 0] }), refusal('KeyNotLoaded'));
      const keys = await client.publicKeys('shop');
      assert.deepEqual(keys.map(({ purpose }) => purpose).sort((a, b) => a - b), [1, 2, 3, 4, 16, 17]);
      assert.ok(keys.every(({ purpose, point }) => point.length === (purpose < 16 ? 0 : 65)));
    });

    test('many calls under way, and large ones, are answered in order', async () => {
      const requests = await connect('requests');
      const readers = await connect('readers');
      const texts = Array.from({ length: 60 }, (_, i) => String(i).repeat(1 + i * 300));
      const tokens = await Promise.all(texts.map((text) => requests.transformOne({ ...card, operation: Operation.encrypt }, text)));
      const opened = await Promise.all(tokens.map(({ value }) => readers.transformOne({ ...card, operation: Operation.decrypt }, value)));
      assert.deepEqual(opened.map(({ value }) => value.toString()), texts);
      const items = Array.from({ length: 5_000 }, () => ({ type: Type.string, value: Buffer.from(pan) }));
      const [results] = await requests.transform([{ ...card, operation: Operation.encrypt, items }]);
      assert.equal(new Set(results.map(({ value }) => value.toString())).size, 5_000);
    });
  });

  describe('what the client refuses', () => {
    const attestationRefusal = (reason) => ({ name: 'AttestationRefusal', message: reason });

    /** Evidence as a session gets it, with all that judges it. */
    async function evidence() {
      const caller = await engine.caller('requests');
      const connection = await Connection.open(engine.address);
      const nonce = randomBytes(32);
      const payload = Buffer.concat([caller.spki, encode([1, 1, nonce, caller.grant])]);
      const request = { call: Call.hello, callerKeyId: keyId(caller.spki), sequence: 0n, channel: sha256(connection.tlsSpki), sessionNonce: zeroNonce, payload };
      const answer = await connection.exchange(signRequest(request, caller.privateKey));
      connection.close();
      const [, , , , [document, [fleetId, rootCommitment, chainLength, chainHead, publicKeysDigest]]] = read(answer.payload, (value) => value);
      const statement = { fleetId: Buffer.from(fleetId), rootCommitment: Buffer.from(rootCommitment), chainLength, chainHead, publicKeysDigest };
      const { trust, simulatedRoot } = engine;
      return [{ document: Buffer.from(document), statement }, { nonce, tlsSpki: connection.tlsSpki, trust, simulatedRoot, now: Date.now() }];
    }

    /** The trust with another list of measurements, which the simulated administrator signs. */
    function measured(change) {
      const list = readMeasurements(open(engine.trust.measurements, Kind.measurements, engine.trust.administrators, 1));
      change(list);
      const images = list.images.map(({ name, notBefore, notAfter, pcrs }) => [name, notBefore, notAfter, pcrs]);
      const head = encode([1, list.fleetId, 1, list.notBefore, list.notAfter, []]).subarray(0, -1);
      const map = (pcrs) => Buffer.concat([Buffer.from([0x80 | pcrs.size]), ...[...pcrs].flatMap(([index, value]) => [encode(index), encode(value)])]);
      const body = Buffer.concat([head, Buffer.from([0x90 | images.length]),
        ...images.flatMap(([name, from, to, pcrs]) => [Buffer.from([0x94]), encode(name), encode(from), encode(to), map(pcrs)])]);
      return { ...engine.trust, measurements: administrated(Kind.measurements, body) };
    }

    test('the same list, signed again, is accepted', async () => {
      const client = await connect('requests', { trust: measured(() => {}) });
      assert.equal(client.attestation.image, 'development');
    });

    test('a root that is not pinned', async () => {
      await assert.rejects(connect('requests', { simulatedRoot: undefined }), attestationRefusal(/not pinned/));
      await assert.rejects(connect('requests', { simulatedRoot: randomBytes(400) }), attestationRefusal(/not pinned/));
    });

    for (const index of [0, 1, 2]) {
      test(`another PCR${index}`, async () => {
        const trust = measured(({ images }) => images.forEach(({ pcrs }) => pcrs.set(index, Buffer.alloc(48, 7))));
        await assert.rejects(connect('requests', { trust }), attestationRefusal(/no accepted image/));
      });
    }

    test('a PCR that the document has not, an image or a list out of time, and an empty list', async () => {
      const now = Math.floor(Date.now() / 1000);
      const changes = [
        ({ images: [image] }) => image.pcrs.set(31, Buffer.alloc(48)), ({ images: [image] }) => { image.notAfter = now; }, ({ images: [image] }) => { image.notBefore = now + 60; },
        (list) => { list.notAfter = now; }, (list) => { list.notBefore = now + 60; }, (list) => { list.images = []; },
      ];
      for (const change of changes) await assert.rejects(connect('requests', { trust: measured(change) }), attestationRefusal(/no accepted image|not valid at this time/));
    });

    test('documents that the administrators did not sign', async () => {
      const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ type: 'spki', format: 'der' });
      const { administrators } = engine.trust;
      const untrusted = attestationRefusal(/administrators signed/);
      await assert.rejects(connect('requests', { trust: { ...engine.trust, administrators: [stranger] } }), untrusted);
      await assert.rejects(connect('requests', { trust: { ...engine.trust, administrators: [...administrators, stranger], threshold: 2 } }), untrusted);
    });

    test('another fleet, of the engine or of a document, and another root key', async () => {
      const fleetId = randomBytes(16);
      const genesis = (fleet, commitment) => administrated(Kind.genesis, encode([1, fleet, commitment]));
      const { rootCommitment } = (await connect('requests')).attestation.statement;
      const list = measured((one) => { one.fleetId = fleetId; }).measurements;
      const refused = (changes, reason) => assert.rejects(connect('requests', { trust: { ...engine.trust, ...changes } }), attestationRefusal(reason));
      await refused({ fleetId, genesis: genesis(fleetId, rootCommitment), measurements: list }, /engine is of another fleet/);
      await refused({ genesis: genesis(fleetId, rootCommitment) }, /genesis document is of another fleet/);
      await refused({ measurements: list }, /list of measurements is of another fleet/);
      await refused({ genesis: genesis(engine.trust.fleetId, randomBytes(32)) }, /another root key/);
      await refused({ genesis: engine.trust.measurements }, /is of kind 3/);
    });

    test('another time', async () => {
      for (const hours of [-48, 5 * 365 * 24]) await assert.rejects(connect('requests', { now: () => Date.now() + hours * 3_600_000 }), attestationRefusal(/not valid at this time/));
    });

    test('another nonce, TLS key or statement', async () => {
      const [shown, expected] = await evidence();
      assert.equal(verifyEvidence(shown, expected).image, 'development');
      const refused = (changedShown, changedExpected, reason) =>
        assert.throws(() => verifyEvidence({ ...shown, ...changedShown }, { ...expected, ...changedExpected }), attestationRefusal(reason));
      refused({}, { nonce: randomBytes(32) }, /another nonce/);
      refused({}, { nonce: Buffer.alloc(0) }, /another nonce/);
      refused({}, { tlsSpki: (await engine.caller('requests')).spki }, /another TLS key/);
      refused({ statement: { ...shown.statement, chainLength: 7 } }, {}, /another TLS key or statement/);
      refused({ statement: { ...shown.statement, fleetId: randomBytes(16) } }, {}, /another TLS key or statement/);
      refused({ document: (await evidence())[0].document }, {}, /another nonce/);
    });

    test('a document with any byte changed', async () => {
      const [shown, expected] = await evidence();
      // All of the head, which is not signed as it stands, and some of the rest.
      for (let i = 0; i < shown.document.length; i += i < 12 ? 1 : 17) {
        const document = Buffer.from(shown.document);
        document[i] ^= 1;
        assert.throws(() => verifyEvidence({ ...shown, document }, expected), { name: 'AttestationRefusal' }, `byte ${i}`);
      }
      const head = Buffer.from('8444a1013822a0', 'hex');
      assert.deepEqual(shown.document.subarray(0, head.length), head);
      const document = Buffer.concat([head.subarray(0, -1), Buffer.from('a10126', 'hex'), shown.document.subarray(head.length)]);
      assert.throws(() => verifyEvidence({ ...shown, document }, expected), attestationRefusal(/unprotected/));
    });
  });

  describe('what the engine refuses', () => {
    const payload = encode([[Operation.encrypt, 'shop', 'card', Buffer.alloc(0), [], [Type.string, Buffer.from(pan)]]]);
    const flip = (frame, offset) => {
      const flipped = Buffer.from(frame);
      flipped[offset < 0 ? frame.length + offset : offset] ^= 1;
      return flipped;
    };
    const unsigned = (client) => encodeRequest(client.request(Call.transform, payload, 1n), Buffer.alloc(64));
    const frames = {
      'an unsigned frame': ['FrameUnsigned', unsigned],
      'a flipped bit in the payload': ['SignatureInvalid', (client) => flip(client.frame(Call.transform, payload), -1)],
      'a flipped bit in the signature': ['SignatureInvalid', (client) => flip(client.frame(Call.transform, payload), 60)],
      'a flipped bit in the call': ['SignatureInvalid', (client) => flip(client.frame(Call.getPublicKeys, payload), 1)],
      'a flipped bit in the version': ['VersionUnsupported', (client) => flip(client.frame(Call.transform, payload), 0)],
      'another key id': ['CallerUnknown', (client) => flip(client.frame(Call.transform, payload), 2)],
      'another sequence number': ['SequenceInvalid', (client) => flip(client.frame(Call.transform, payload), 17)],
      'another channel': ['ChannelMismatch', (client) => flip(client.frame(Call.transform, payload), 18)],
      'a second Hello': ['HelloOutOfPlace', (client) => client.frame(Call.hello, payload)],
      'a message that is none': ['MessageMalformed', (client) => client.frame(Call.transform, encode([1]))],
      'a byte behind the message': ['MessageMalformed', (client) => client.frame(Call.transform, Buffer.concat([payload, Buffer.alloc(1)]))],
      'a frame shorter than its header': ['FrameLengthInvalid', () => Buffer.alloc(50)],
    };
    for (const [what, [name, make]] of Object.entries(frames)) {
      test(`${what}, and ends the session`, async () => {
        const client = await connect('requests');
        const { code, payload: empty } = await client.exchange(make(client));
        assert.equal(nameOf(code), name);
        assert.equal(empty.length, 0);
        await assert.rejects(client.exchange(client.frame(Call.transform, payload)), ConnectionLost);
      });
    }

    test('a replayed frame, in its session and in another of the same caller', async () => {
      const [client, other] = [await connect('requests'), await connect('requests')];
      const frame = client.frame(Call.transform, payload);
      assert.equal((await client.exchange(frame)).code, 0);
      assert.equal(nameOf((await client.exchange(frame)).code), 'SequenceInvalid');
      assert.equal(nameOf((await other.exchange(frame)).code), 'SignatureInvalid');
    });

    test('a frame before the Hello', async () => {
      const client = await connect('requests');
      const connection = await Connection.open(engine.address);
      assert.equal(nameOf((await connection.exchange(client.frame(Call.transform, payload))).code), 'HelloOutOfPlace');
      connection.close();
    });

    test('calls that are unknown or not granted, and keeps the session', async () => {
      const client = await connect('requests');
      await assert.rejects(client.call(99, payload), refusal('CallUnknown'));
      await assert.rejects(client.call(5, Buffer.alloc(0)), refusal('CallNotGranted'));
      assert.ok(isToken((await client.transformOne({ ...card, operation: Operation.encrypt }, pan)).value.toString()));
      await assert.rejects((await connect('helper')).call(Call.transform, payload), refusal('CallNotGranted'));
    });

    test('grants that are over, not yet valid, of another key or signed by nobody', async () => {
      const encrypt = [[Operation.encrypt, 0, 0]];
      await assert.rejects(connect(granted(encrypt, { notAfter: -1 })), refusal('GrantExpired'));
      await assert.rejects(connect(granted(encrypt, { notBefore: 60, notAfter: 120 })), refusal('GrantNotYetValid'));
      await assert.rejects(connect({ ...granted(encrypt), grant: granted(encrypt).grant }), refusal('GrantUntrusted'));
      const own = granted(encrypt);
      await assert.rejects(connect({ ...own, grant: flip(own.grant, -1) }), refusal('GrantUntrusted'));
      const few = await connect(granted(encrypt, { limits: [1, 16, 0] }));
      await assert.rejects(few.transformOne({ ...card, operation: Operation.encrypt }, 'x'.repeat(17)), refusal('LimitExceeded'));
      const items = Array.from({ length: 2 }, () => ({ type: Type.string, value: Buffer.from('x') }));
      await assert.rejects(few.transform([{ ...card, operation: Operation.encrypt, items }]), refusal('LimitExceeded'));
    });

    test('a Hello that a man in the middle passes on', async () => {
      const folder = await mkdtemp('/tmp/e3-node-');
      const [key, cert, path] = ['key', 'cert', 'socket'].map((name) => join(folder, name));
      const subject = ['-subj', '/CN=engine', '-keyout', key, '-out', cert];
      execFileSync('openssl', ['req', '-x509', '-nodes', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', ...subject], { stdio: 'ignore' });
      const server = createServer({ key: await readFile(key), cert: await readFile(cert), ALPNProtocols: ['e3/1'], minVersion: 'TLSv1.3' }, (near) => {
        const far = connectTls({ path: engine.address.slice('unix:'.length), ALPNProtocols: ['e3/1'], rejectUnauthorized: false });
        near.pipe(far).pipe(near);
        near.on('error', () => far.destroy());
        far.on('error', () => near.destroy());
      });
      await new Promise((resolve) => server.listen(path, resolve));
      try {
        await assert.rejects(connect('requests', { address: `unix:${path}` }), refusal('ChannelMismatch'));
      } finally {
        server.close();
        await rm(folder, { recursive: true });
      }
    });
  });

  test('the command line', async () => {
    const cli = fileURLToPath(new URL('../cli.mjs', import.meta.url));
    const run = (...args) => promisify(execFile)(process.execPath, [cli, ...args, '--state', engine.state, '--app', 'shop', '--role', 'card']);
    const root = ['--simulated-root', join(engine.state, 'simulated/nsm-root.der')];
    const token = (await run('encrypt', ...root, '--type', 'number', '123')).stdout.trim();
    assert.equal((await run('decrypt', ...root, '--caller', 'readers', token)).stdout, '123\n');
    assert.equal((await run('verify', ...root, token)).stdout, 'opens\n');
    const failed = (...args) => run(...args).then(() => assert.fail('it succeeded'), ({ code, stderr, stdout }) => ({ code, stderr, stdout }));
    assert.match((await failed('decrypt', ...root, token)).stderr, /OperationNotGranted \(26\)/);
    const { code, stderr, stdout } = await failed('encrypt', '123');
    assert.deepEqual([code, stdout], [1, '']);
    assert.match(stderr, /AttestationRefusal: .*not pinned/);
    assert.equal((await failed('open', ...root)).code, 2);
    assert.equal((await failed('mask', ...root, '--with', 'ab', token)).code, 2);
  });

  test('an engine that ends takes its sessions with it', async () => {
    const own = await startEngine();
    const client = await EnclaveClient.connect({ ...own, caller: await own.caller('requests') });
    assert.ok(await own.end());
    await assert.rejects(client.transformOne({ ...card, operation: Operation.encrypt }, pan), ConnectionLost);
    await assert.rejects(EnclaveClient.connect({ ...own, caller: await engine.caller('requests') }), ConnectionLost);
  });
});
