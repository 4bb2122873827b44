// The trust file decides whom to trust, so a broken one must not be read as something else.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { loadTrust } from '../trust.mjs';

const folder = mkdtempSync('/tmp/e3-node-');
after(() => rmSync(folder, { recursive: true }));

const administrator = (namedCurve) => generateKeyPairSync('ec', { namedCurve }).publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
const one = administrator('P-256');
const two = administrator('P-256');
const good = { fleetId: '00'.repeat(16), administrators: [one, two], threshold: 2, genesis: 'AA==', measurements: 'AQ==', simulatedRoot: 'Ag==' };

function load(changes) {
  const path = join(folder, 'trust.json');
  writeFileSync(path, JSON.stringify({ ...good, ...changes }));
  return loadTrust(path);
}

test('a trust file is read, without its simulated root', async () => {
  const trust = await load({});
  assert.deepEqual(Object.keys(trust), ['fleetId', 'administrators', 'threshold', 'genesis', 'measurements']);
  assert.deepEqual([trust.administrators.length, trust.threshold, trust.genesis.length], [2, 2, 1]);
});

const refused = {
  'no genesis document': [{ genesis: undefined }, /genesis/],
  'a short fleet id': [{ fleetId: '00' }, /fleet id/],
  'an administrator twice': [{ administrators: [one, one] }, /twice/],
  'an administrator twice, spelled differently': [{ administrators: [one, one.replace(/=+$/, '')] }, /twice/],
  'another curve': [{ administrators: [one, administrator('P-384')] }, /P-256/],
  'a byte behind a key': [{ administrators: [one, Buffer.concat([Buffer.from(two, 'base64'), Buffer.alloc(1)]).toString('base64')] }, /P-256/],
  'no administrators': [{ administrators: [], threshold: 0 }, /threshold/],
  'a threshold of 0': [{ threshold: 0 }, /threshold/],
  'a threshold over the number of administrators': [{ threshold: 3 }, /threshold/],
  'a threshold that is a text': [{ threshold: '1' }, /threshold/],
  'a member that is unknown': [{ treshold: 1 }, /unknown/],
};
for (const [what, [changes, reason]] of Object.entries(refused)) test(`a trust file with ${what} is refused`, () => assert.rejects(load(changes), reason));
