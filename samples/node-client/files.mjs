// Files as tokens of algorithm 4 (tokens.md, section 13) over streams (rpc.md, section 5.5).
import { EngineRefusal } from './errors.mjs';
import { Call } from './frames.mjs';
import { bin, encode, read, tuple } from './messages.mjs';

const headerLength = 42;
const segmentLength = 65_536;
const tagLength = 16;
const segmentsPerFrame = 7;
const operations = Object.freeze({ encrypt: 1, decrypt: 5 });
const step = Object.freeze({ more: 0, last: 1, drop: 2 });
const data = tuple(bin());
const streamUnknown = 64;
const tokenMalformed = 60;
let lastStream = 0;

/** True for bytes that begin as a sealed file does. Whether it opens is for the engine to say. */
export function isSealedFile(bytes) {
  if (bytes.length < headerLength || bytes.subarray(0, 4).toString('latin1') !== '\x89e3.') return false;
  const [version, flags, algorithm] = bytes.subarray(4);
  return version === 1 && flags <= 1 && algorithm === 4 && bytes.readUInt32BE(4 + 15) === segmentLength;
}

/** Bytes of the sealed form of a file of `length` bytes. */
export const sealedFileLength = (length) => headerLength + length + tagLength * Math.max(1, Math.ceil(length / segmentLength));

/** Seals what an iterable of Buffers gives, for { app, role, context? }, and yields the sealed file. */
export const sealFile = (client, binding, source) => run(client, operations.encrypt, binding, pieces(source), segmentLength);

/**
 * Opens a sealed file and yields what was in it. What was yielded is authentic, but a file that was cut short fails only at its end:
 * throw away what came before an error.
 */
export const openFile = (client, binding, source) => run(client, operations.decrypt, binding, pieces(source), segmentLength + tagLength);

async function* run(client, operation, { app, role, context = Buffer.alloc(0) }, input, length) {
  const stream = (lastStream = (lastStream + 1) >>> 0);
  const given = operation === operations.decrypt ? await input.upTo(headerLength) : Buffer.alloc(0);
  if (operation === operations.decrypt && !isSealedFile(given)) throw new EngineRefusal(tokenMalformed);
  const [header] = read(await client.call(Call.startStream, encode([stream, [operation, app, role, context, [], []], given])), data);
  let open = true;
  try {
    if (header.length > 0) yield header;
    while (open) {
      // One byte more than is sent: the last segment must be known for the last.
      const part = await input.upTo(segmentsPerFrame * length);
      const last = await input.isAtEnd();
      const answer = await client.call(Call.continueStream, encode([stream, last ? step.last : step.more, part]));
      open = !last;
      yield read(answer, data)[0];
    }
  } catch (error) {
    if (error instanceof EngineRefusal) open = false;
    throw error;
  } finally {
    if (open) await drop(client, stream);
  }
}

async function drop(client, stream) {
  try {
    await client.call(Call.continueStream, encode([stream, step.drop, Buffer.alloc(0)]));
  } catch (error) {
    // The session is gone, and the stream with it; or the engine dropped it first.
    if (error instanceof EngineRefusal && error.code !== streamUnknown) throw error;
  }
}

function pieces(source) {
  const iterator = (source[Symbol.asyncIterator] ?? source[Symbol.iterator]).call(source);
  let held = Buffer.alloc(0);
  const fill = async (length) => {
    const parts = [held];
    let total = held.length;
    while (total < length) {
      const { done, value } = await iterator.next();
      if (done) break;
      parts.push(value);
      total += value.length;
    }
    held = Buffer.concat(parts);
  };
  return {
    async upTo(length) {
      await fill(length);
      const part = held.subarray(0, length);
      held = held.subarray(part.length);
      return part;
    },
    async isAtEnd() {
      await fill(1);
      return held.length === 0;
    },
  };
}
