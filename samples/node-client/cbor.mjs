// A strict reader for the part of CBOR (RFC 8949) that attestation documents use: integers, byte and text strings, arrays, maps, true, false, null.
// Maps may have indefinite length, as some documents are written so; keys must be unique, and nothing may follow the value.
const depthMax = 8;
const utf8 = new TextDecoder('utf-8', { fatal: true });

export class CborError extends Error {}

/** Reads one value. Maps become Map, byte strings become views of `bytes`, and a tag becomes { tag, value }. */
export function decode(bytes) {
  const reader = new Reader(bytes);
  const value = reader.value(0);
  if (reader.offset !== bytes.length) throw new CborError('bytes behind the value');
  return value;
}

/** The head and content of a definite byte string. */
export function encodeBytes(bytes) {
  const head = bytes.length < 24 ? [0x40 | bytes.length] : bytes.length < 256 ? [0x58, bytes.length] : [0x59, bytes.length >> 8, bytes.length & 255];
  if (bytes.length > 0xffff) throw new CborError('byte string too long');
  return Buffer.concat([Buffer.from(head), bytes]);
}

class Reader {
  constructor(bytes) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.offset = 0;
  }

  take(count) {
    if (count > this.bytes.length - this.offset) throw new CborError('truncated');
    this.offset += count;
    return this.bytes.subarray(this.offset - count, this.offset);
  }

  value(depth) {
    if (depth > depthMax) throw new CborError('nested too deeply');
    const initial = this.take(1)[0];
    const major = initial >> 5;
    const info = initial & 31;
    if (major === 7) return simple(info);
    if (info === 31 && major === 5) return this.map(Infinity, depth);

    const argument = this.argument(info);
    switch (major) {
      case 0: return argument;
      case 1: return -1 - argument;
      case 2: return this.take(argument);
      case 3: return this.text(argument);
      case 4: return this.array(argument, depth);
      case 5: return this.map(argument, depth);
      default: return { tag: argument, value: this.value(depth + 1) };
    }
  }

  argument(info) {
    if (info < 24) return info;
    if (info === 24) return this.take(1)[0];
    if (info === 25) return this.take(2).readUInt16BE();
    if (info === 26) return this.take(4).readUInt32BE();
    if (info !== 27) throw new CborError('length not supported');
    const large = this.take(8).readBigUInt64BE();
    if (large > BigInt(Number.MAX_SAFE_INTEGER)) throw new CborError('integer too large');
    return Number(large);
  }

  text(length) {
    try {
      return utf8.decode(this.take(length));
    } catch (error) {
      throw error instanceof CborError ? error : new CborError('text is not UTF-8');
    }
  }

  array(count, depth) {
    const items = [];
    for (let i = 0; i < count; i++) items.push(this.value(depth + 1));
    return items;
  }

  map(count, depth) {
    const map = new Map();
    for (let i = 0; i < count; i++) {
      if (count === Infinity && this.bytes[this.offset] === 0xff) {
        this.offset++;
        break;
      }
      const key = this.value(depth + 1);
      if (typeof key !== 'string' && typeof key !== 'number') throw new CborError('key is no text and no integer');
      if (map.has(key)) throw new CborError('duplicate key');
      map.set(key, this.value(depth + 1));
    }
    return map;
  }
}

function simple(info) {
  if (info === 20) return false;
  if (info === 21) return true;
  if (info === 22) return null;
  throw new CborError('simple value or float not supported');
}
