// Real attestation documents, where the suites lie beside the checkout, and the CBOR reader on hostile bytes.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { awsRoot, verifyDocument, verifyEvidence } from '../attestation.mjs';
import { CborError, decode } from '../cbor.mjs';
import { AttestationRefusal } from '../errors.mjs';

const hex = (text) => Buffer.from(text, 'hex');
const suite = ['../../../../shared/suites/nitro/', '../../../../../shared/suites/nitro/'].map((path) => new URL(path, import.meta.url)).find((url) => existsSync(url));
const skip = suite ? false : 'there are no shared/suites/nitro';
const expected = suite ? JSON.parse(readFileSync(new URL('expected.json', suite), 'utf8')) : {};
const roots = new Set([awsRoot]);

test('documents of real enclaves', { skip }, () => {
  let valid = 0;
  for (const [name, { expect, timestamp, pcrs }] of Object.entries(expected)) {
    const bytes = readFileSync(new URL(name, suite));
    const now = timestamp + 60_000;
    if (!expect.startsWith('VALID')) {
      assert.throws(() => verifyDocument(bytes, { roots, now }), /signature/, name);
      continue;
    }
    const document = verifyDocument(bytes, { roots, now });
    for (const [index, value] of document.pcrs) assert.equal(value.toString('hex'), pcrs[index] ?? '00'.repeat(48), `${name} PCR${index}`);
    assert.throws(() => verifyDocument(bytes, { roots, now: timestamp + 4 * 3_600_000 }), /not valid at this time/, name);
    assert.throws(() => verifyDocument(bytes, { roots, now: timestamp - 4 * 3_600_000 }), /not valid at this time/, name);
    assert.throws(() => verifyDocument(bytes, { roots: new Set(['00'.repeat(32)]), now }), /not pinned/, name);
    valid++;
  }
  assert.ok(valid >= 5);
});

test('a real document with a byte changed, cut or added', { skip }, () => {
  const name = 'veracruz-good.cbor';
  const now = expected[name].timestamp + 60_000;
  const bytes = readFileSync(new URL(name, suite));
  const refused = (changed, what) => assert.throws(() => verifyDocument(changed, { roots, now }), AttestationRefusal, what);
  for (let i = 0; i < bytes.length; i += 11) {
    const changed = Buffer.from(bytes);
    changed[i] ^= 0x10;
    refused(changed, `byte ${i}`);
    refused(bytes.subarray(0, i), `cut at ${i}`);
  }
  refused(Buffer.concat([bytes, hex('00')]), 'a byte behind');
  refused(Buffer.alloc(12 * 1024 + 1, 0x84), 'too long');
  assert.ok(verifyDocument(Buffer.concat([hex('d2'), bytes]), { roots, now }).pcrs.size > 0, 'tag 18');
});

test('a document of an enclave in debug mode', { skip }, () => {
  const name = 'evervault-beta-debug.cbor';
  const evidence = { document: readFileSync(new URL(name, suite)), statement: {} };
  assert.throws(() => verifyEvidence(evidence, { now: expected[name].timestamp + 60_000 }), /debug mode/);
});

test('CBOR: what attestation documents use', () => {
  const map = (entries) => new Map(entries);
  const cases = [
    ['00', 0], ['1903e8', 1000], ['1b000001993fffffff', 0x1993fffffff], ['3822', -35], ['420102', hex('0102')], ['6161', 'a'], ['820102', [1, 2]],
    ['a1013822', map([[1, -35]])], ['bf616101ff', map([['a', 1]])], ['f6', null], ['f5', true], ['f4', false], ['d201', { tag: 18, value: 1 }], ['a0', map([])],
  ];
  for (const [bytes, value] of cases) assert.deepEqual(decode(hex(bytes)), value, bytes);
});

test('CBOR: everything else is refused', () => {
  const cases = {
    empty: '', 'bytes behind': '0000', 'truncated head': '19', 'truncated bytes': '4201', 'truncated text': '62', 'truncated array': '8201', 'truncated map': 'a101',
    'indefinite bytes': '5f4100ff', 'indefinite array': '9f01ff', 'unended map': 'bf6161', 'value missing in a map': 'bf6161ff', 'repeated key': 'a201010102',
    'repeated text key': 'bf61610161 6102ff'.replace(' ', ''), 'key is an array': 'a18001', 'key is bytes': 'a1410001', float: 'f93c00', undefined: 'f7', break: 'ff', 'reserved length': '1c',
    'integer over 2^53': '1bffffffffffffffff', 'huge array': '9affffffff', 'huge bytes': '5affffffff', 'text that is not UTF-8': '61ff', 'too deep': `${'81'.repeat(20)}00`,
  };
  for (const [what, bytes] of Object.entries(cases)) assert.throws(() => decode(hex(bytes)), CborError, what);
});
