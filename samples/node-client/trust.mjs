// The files of a state folder that a client reads: whom it trusts, and who it is.
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const members = ['fleetId', 'administrators', 'threshold', 'genesis', 'measurements', 'simulatedRoot'];

/** Reads trust.json. It names a fleet and its administrators; which simulated root is allowed is not for this file to say. */
export async function loadTrust(path) {
  const file = JSON.parse(await readFile(path, 'utf8'));
  const invalid = (reason) => new Error(`${path} cannot be used: ${reason}`);
  if (Object.keys(file).some((name) => !members.includes(name))) throw invalid('a member is unknown');
  if (file.genesis === undefined) throw invalid('there is no genesis document yet');

  const trust = {
    fleetId: Buffer.from(file.fleetId, 'hex'),
    administrators: file.administrators.map((spki) => Buffer.from(spki, 'base64')),
    threshold: file.threshold,
    genesis: Buffer.from(file.genesis, 'base64'),
    measurements: Buffer.from(file.measurements, 'base64'),
  };
  if (trust.fleetId.length !== 16) throw invalid('the fleet id has 16 bytes');
  if (!trust.administrators.every(isP256)) throw invalid('an administrator has no P-256 key');
  // A key that is there twice would count twice.
  const distinct = new Set(trust.administrators.map((spki) => spki.toString('hex'))).size;
  if (distinct !== trust.administrators.length) throw invalid('an administrator is named twice');
  if (!Number.isInteger(trust.threshold) || trust.threshold < 1 || trust.threshold > distinct) throw invalid('no such threshold');
  return trust;
}

/** True for the one encoding of a P-256 key that is accepted: named curve, uncompressed point. */
function isP256(spki) {
  try {
    const key = createPublicKey({ key: spki, format: 'der', type: 'spki' });
    return spki.length === 91 && key.asymmetricKeyDetails.namedCurve === 'prime256v1' && key.export({ type: 'spki', format: 'der' }).equals(spki);
  } catch {
    return false;
  }
}

/** Reads key.pem and grant.e3doc of a caller's folder. */
export async function loadCaller(folder) {
  const privateKey = createPrivateKey(await readFile(join(folder, 'key.pem')));
  const spki = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
  return { privateKey, spki, grant: await readFile(join(folder, 'grant.e3doc')) };
}
