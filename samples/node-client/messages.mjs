// MessagePack in, checked values out. A message has exactly the elements that the specification gives; anything else throws MalformedMessage.
import { decode, encode as encodeMessage } from '@msgpack/msgpack';
import { view } from './bytes.mjs';

export class MalformedMessage extends Error {}

export const encode = (value) => view(encodeMessage(value));

/** Decodes a message and gives what `shape` makes of it. */
export function read(bytes, shape) {
  let value;
  let keys = 0;
  const mapKeyConverter = (key) => {
    keys++;
    return must(Number.isSafeInteger(key) && key >= 0, key, 'an integer as key');
  };
  try {
    value = decode(bytes, { mapKeyConverter });
  } catch (error) {
    throw new MalformedMessage(error.message);
  }
  // A repeated key is gone by now, and another reader might have kept the other one.
  must(countKeys(value) === keys, value, 'different keys');
  return shape(value);
}

// Shapes: functions from a decoded value to a checked one.
export const integer = (value) => must(Number.isSafeInteger(value) && value >= 0, value, 'an integer');
export const boolean = (value) => must(typeof value === 'boolean', value, 'a boolean');
export const string = (value) => must(typeof value === 'string', value, 'a string');
export const bin = (length) => (value) =>
  view(must(value instanceof Uint8Array && (length === undefined || value.length === length), value, `a byte string of ${length ?? 'any'} length`));
export const listOf = (shape) => (value) => must(Array.isArray(value), value, 'an array').map(shape);
export const tuple = (...shapes) => (value) =>
  must(Array.isArray(value) && value.length === shapes.length, value, `an array of ${shapes.length}`).map((item, i) => shapes[i](item));
/** A map from integers, as Map. */
export const mapOf = (shape) => (value) => {
  must(typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value), value, 'a map');
  return new Map(Object.entries(value).map(([key, item]) => [Number(key), shape(item)]));
};

function must(condition, value, what) {
  if (!condition) throw new MalformedMessage(`expected ${what}`);
  return value;
}

function countKeys(value) {
  if (Array.isArray(value)) return value.reduce((sum, item) => sum + countKeys(item), 0);
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return 0;
  return Object.values(value).reduce((sum, item) => sum + 1 + countKeys(item), 0);
}
