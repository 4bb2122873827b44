// Frames over TLS 1.3 (rpc.md, sections 1 and 2). It authenticates nobody: the evidence of the Hello does.
import { connect } from 'node:tls';
import { u32 } from './bytes.mjs';
import { ConnectionLost } from './errors.mjs';
import { frameBytesMax, readAnswer } from './frames.mjs';

const writeBytesMax = 15 * 1024; // a TLS record around it stays below 16 KiB

export class Connection {
  #socket;
  #waiting = [];
  #received = [];
  #receivedLength = 0;
  #lost;
  #writes = Promise.resolve();
  #answerTimeoutMs;

  /** Opens `unix:/path`. */
  static async open(address, { connectTimeoutMs = 5_000, answerTimeoutMs = 10_000 } = {}) {
    if (!address.startsWith('unix:/')) throw new Error('an address is unix:/path here');
    // The certificate is self-signed and made at boot: its key is judged by the attestation document, after the handshake.
    const socket = connect({ path: address.slice('unix:'.length), ALPNProtocols: ['e3/1'], minVersion: 'TLSv1.3', rejectUnauthorized: false });
    await handshake(socket, connectTimeoutMs);
    return new Connection(socket, answerTimeoutMs);
  }

  constructor(socket, answerTimeoutMs) {
    this.#socket = socket;
    this.#answerTimeoutMs = answerTimeoutMs;
    const certificate = socket.getPeerX509Certificate();
    const { asymmetricKeyDetails } = certificate?.publicKey ?? {};
    if (socket.alpnProtocol !== 'e3/1' || asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
      socket.destroy();
      throw new ConnectionLost('the other end does not speak e3/1 with a P-256 key');
    }
    /** SubjectPublicKeyInfo of the certificate that was shown. */
    this.tlsSpki = certificate.publicKey.export({ type: 'spki', format: 'der' });
    socket.on('data', (chunk) => this.#receive(chunk));
    socket.on('error', (error) => this.#lose(error.code ?? error.message));
    socket.on('close', () => this.#lose('the engine closed the session'));
  }

  /** Sends a request frame and gives its answer frame. Frames are answered in order, so many may be under way. */
  async exchange(frame) {
    if (this.#lost) throw this.#lost;
    if (frame.length > frameBytesMax) throw new RangeError('the frame is longer than 4 MiB');
    const answer = new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#lose('no answer in time'), this.#answerTimeoutMs);
      this.#waiting.push({ resolve, reject, timer });
    });
    this.#writes = this.#writes.then(() => this.#write(Buffer.concat([u32(frame.length), frame])));
    return answer;
  }

  close() {
    this.#lose('closed');
  }

  async #write(bytes) {
    for (let start = 0; start < bytes.length && !this.#lost; start += writeBytesMax) {
      // The next part waits for this one, so that they are not joined to a larger write. A failure comes as an event.
      await new Promise((resolve) => this.#socket.write(bytes.subarray(start, start + writeBytesMax), resolve));
    }
  }

  #receive(chunk) {
    this.#received.push(chunk);
    this.#receivedLength += chunk.length;
    while (!this.#lost && this.#receivedLength >= 4) {
      if (this.#received[0].length < 4) this.#received = [Buffer.concat(this.#received)];
      const length = this.#received[0].readUInt32BE();
      if (length > frameBytesMax) return this.#lose('an answer is longer than 4 MiB');
      if (this.#receivedLength < 4 + length) return undefined;
      const all = Buffer.concat(this.#received);
      this.#received = [all.subarray(4 + length)];
      this.#receivedLength -= 4 + length;
      this.#answer(all.subarray(4, 4 + length));
    }
    return undefined;
  }

  #answer(frame) {
    const answer = readAnswer(frame);
    const waiting = this.#waiting.shift();
    if (!waiting) return this.#lose('an answer to no request');
    clearTimeout(waiting.timer);
    if (answer) return waiting.resolve(answer);
    waiting.reject(new ConnectionLost('an answer that is no answer frame'));
    return this.#lose('an answer that is no answer frame');
  }

  #lose(reason) {
    if (this.#lost) return;
    this.#lost = new ConnectionLost(reason);
    this.#socket.destroy();
    for (const { reject, timer } of this.#waiting.splice(0)) {
      clearTimeout(timer);
      reject(this.#lost);
    }
  }
}

function handshake(socket, timeoutMs) {
  return new Promise((resolve, reject) => {
    const end = (reason) => {
      clearTimeout(timer);
      socket.off('secureConnect', onConnect).off('close', onClose);
      if (reason === undefined) return resolve();
      socket.destroy();
      return reject(new ConnectionLost(reason));
    };
    const onConnect = () => end();
    const onClose = () => end('closed during the handshake');
    const timer = setTimeout(() => end('no TLS session in time'), timeoutMs);
    // The listener for errors stays: a socket may report one more after it was destroyed, and one without a listener ends the process.
    socket.on('secureConnect', onConnect).on('close', onClose).on('error', (error) => end(error.code ?? error.message));
  });
}
