// A verified session with an engine (rpc.md): connect, transform, close. After a ConnectionLost, open a new one.
import { randomBytes } from 'node:crypto';
import { keyId, sha256 } from './bytes.mjs';
import { Connection } from './connection.mjs';
import { ConnectionLost, EngineRefusal } from './errors.mjs';
import { Call, signRequest, zeroNonce } from './frames.mjs';
import { bin, boolean, encode, integer, listOf, read, tuple } from './messages.mjs';
import { verifyEvidence } from './attestation.mjs';

export { EngineRefusal, AttestationRefusal, ConnectionLost, nameOf } from './errors.mjs';
export { loadCaller, loadTrust } from './trust.mjs';
export { context, isToken, parseToken } from './tokens.mjs';
export { isSealedFile, openFile, sealFile, sealedFileLength } from './files.mjs';

export const Operation = Object.freeze({
  encrypt: 1, encryptDeterministic: 2, preserve: 3, unpreserve: 4, decrypt: 5, verify: 6, rewrap: 7, hash: 8, mask: 9, lookup: 10,
});
export const Type = Object.freeze({ string: 1, number: 2, boolean: 3, null: 4, object: 5, array: 6, bytes: 7 });
export const Phase = Object.freeze({ booting: 1, unsealed: 2, loaded: 3, ready: 4, failed: 5 });
export const Alphabet = Object.freeze({ digits: 1, lower: 2, upper: 3, alphanumeric: 4 });

const statement = (value) => {
  const [fleetId, rootCommitment, chainLength, chainHead, publicKeysDigest] = tuple(bin(16), bin(32), integer, bin(32), bin(32))(value);
  return { fleetId, rootCommitment, chainLength, chainHead, publicKeysDigest };
};
const helloAnswer = tuple(integer, bin(32), integer, boolean, tuple(bin(), statement));
const transformAnswer = listOf(listOf(tuple(integer, integer, bin())));
const publicKeys = listOf(tuple(integer, integer, bin(8), bin(), boolean));
const version = 1;

export class EnclaveClient {
  #connection;
  #caller;
  #sequence = 0n;
  #sessionNonce = zeroNonce;

  /** What was verified: { simulated, image, statement, pcrs, timestamp, phase }. */
  attestation;

  /**
   * Opens a session and verifies the engine. `simulatedRoot` is the DER of a root certificate to accept besides the one of AWS; name it only
   * for development, and never take it from what the engine or its host hands out.
   */
  static async connect({ address, trust, caller, simulatedRoot, now = Date.now, nonce = randomBytes(32), ...timeouts }) {
    const client = new EnclaveClient(await Connection.open(address, timeouts), caller);
    try {
      await client.#hello({ trust, simulatedRoot, now, nonce });
    } catch (error) {
      client.close();
      throw error;
    }
    return client;
  }

  constructor(connection, caller) {
    this.#connection = connection;
    this.#caller = caller;
  }

  /**
   * Transforms groups of fields: { operation, app, role, context?, parameters?, items: [{ type, value }] } with `value` a Buffer.
   * Gives for each group the results in order: { code, type, value }; a code other than 0 is that field's own.
   */
  async transform(groups) {
    const message = groups.map(({ operation, app, role, context = Buffer.alloc(0), parameters = [], items }) =>
      [operation, app, role, context, parameters, items.flatMap(({ type, value }) => [type, value])]);
    const answer = read(await this.call(Call.transform, encode(message)), transformAnswer);
    if (answer.length !== groups.length || answer.some((results, i) => results.length !== groups[i].items.length))
      throw new ConnectionLost('the answer has not one result for each field');
    return answer.map((results) => results.map(([code, type, value]) => ({ code, type, value })));
  }

  /** Transforms one text and gives { type, value } with `value` a Buffer; throws EngineRefusal with the field's code. */
  async transformOne(group, text, type = Type.string) {
    const [[result]] = await this.transform([{ ...group, items: [{ type, value: Buffer.from(text) }] }]);
    if (result.code !== 0) throw new EngineRefusal(result.code);
    return { type: result.type, value: result.value };
  }

  /** The app's keys: [{ purpose, version, keyId, point, retired }]. */
  async publicKeys(app) {
    const keys = read(await this.call(Call.getPublicKeys, encode([app])), publicKeys);
    return keys.map(([purpose, keyVersion, id, point, retired]) => ({ purpose, version: keyVersion, keyId: id, point, retired }));
  }

  /** Sends one signed call and gives the payload of its answer; throws EngineRefusal when the engine refuses it. */
  async call(call, payload) {
    const frame = this.frame(call, payload);
    return this.receive(call, this.#sequence - 1n, await this.exchange(frame));
  }

  /** The next signed frame of this session. It must be sent next. */
  frame(call, payload) {
    return signRequest(this.request(call, payload, this.#sequence++), this.#caller.privateKey);
  }

  /** All that enters a frame of this session, and what its signature is over. */
  request(call, payload, sequence) {
    const { spki } = this.#caller;
    return { call, callerKeyId: keyId(spki), sequence, channel: sha256(this.#connection.tlsSpki), sessionNonce: this.#sessionNonce, payload };
  }

  exchange(frame) {
    return this.#connection.exchange(frame);
  }

  receive(call, sequence, answer) {
    if (answer.code !== 0) throw new EngineRefusal(answer.code);
    if (answer.call !== call || answer.sequence !== sequence) throw new ConnectionLost('an answer to another request');
    return answer.payload;
  }

  close() {
    this.#connection.close();
  }

  async #hello({ trust, simulatedRoot, now, nonce }) {
    const { spki, grant } = this.#caller;
    const payload = await this.call(Call.hello, Buffer.concat([spki, encode([version, version, nonce, grant])]));
    const [chosen, sessionNonce, phase, simulated, [document, stated]] = read(payload, helloAnswer);
    if (chosen !== version) throw new ConnectionLost(`the engine chose version ${chosen}`);
    const evidence = { document, statement: stated };
    const verified = verifyEvidence(evidence, { nonce, tlsSpki: this.#connection.tlsSpki, trust, simulatedRoot, now: now() });
    this.#sessionNonce = sessionNonce;
    // What says of itself that it is simulated makes test tokens, whoever vouches for it.
    this.attestation = { ...verified, simulated: simulated || verified.simulated, phase };
  }
}
