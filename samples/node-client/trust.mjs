// The files of a state folder that a client reads: whom it trusts, and who it is.
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Reads trust.json. It names a fleet and its administrators; which simulated root is allowed is not for this file to say. */
export async function loadTrust(path) {
  const { fleetId, administrators, threshold, genesis, measurements } = JSON.parse(await readFile(path, 'utf8'));
  const trust = {
    fleetId: Buffer.from(fleetId, 'hex'),
    administrators: administrators.map((spki) => Buffer.from(spki, 'base64')),
    threshold,
    genesis: Buffer.from(genesis, 'base64'),
    measurements: Buffer.from(measurements, 'base64'),
  };
  const distinct = new Set(administrators).size === administrators.length;
  if (trust.fleetId.length !== 16 || !distinct || !Number.isInteger(threshold) || threshold < 1 || threshold > administrators.length)
    throw new Error(`${path} does not name a fleet and its administrators`);
  return trust;
}

/** Reads key.pem and grant.e3doc of a caller's folder. */
export async function loadCaller(folder) {
  const privateKey = createPrivateKey(await readFile(join(folder, 'key.pem')));
  const spki = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
  return { privateKey, spki, grant: await readFile(join(folder, 'grant.e3doc')) };
}
