// Paths that must not be accepted although each certificate in them is signed by the one before. Wants openssl.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { sha256 } from '../bytes.mjs';
import { verifyPath } from '../certificates.mjs';
import { AttestationRefusal } from '../errors.mjs';

const folder = mkdtempSync('/tmp/e3-node-');
after(() => rmSync(folder, { recursive: true }));

const authority = 'basicConstraints=critical,CA:true\nkeyUsage=critical,keyCertSign';
const leaf = 'keyUsage=critical,digitalSignature';

/** A path of certificates with these extensions, each issued by the one before, the first by itself. */
function path(...extensions) {
  return extensions.map((lines, i) => {
    const file = (name, at = i) => join(folder, `${at}.${name}`);
    writeFileSync(file('ext'), `${lines}\nsubjectKeyIdentifier=hash\n`);
    const openssl = (...args) => execFileSync('openssl', args, { stdio: 'pipe' });
    openssl('req', '-new', '-nodes', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-384', '-subj', `/CN=${i}`, '-keyout', file('key'), '-out', file('csr'));
    const issuer = i === 0 ? ['-key', file('key')] : ['-CA', file('der', i - 1), '-CAform', 'DER', '-CAkey', file('key', i - 1)];
    openssl('x509', '-req', '-days', '2', '-in', file('csr'), ...issuer, '-set_serial', `${i + 1}`, '-extfile', file('ext'), '-outform', 'DER', '-out', file('der'));
    return readFileSync(file('der'));
  });
}

const verify = (certificates, now = Date.now()) => verifyPath(certificates, new Set([sha256(certificates[0]).toString('hex')]), now);
const refused = (certificates, reason) => assert.throws(() => verify(certificates), (error) => error instanceof AttestationRefusal && reason.test(error.message));

test('a path is accepted, and its leaf and root are given', () => {
  const certificates = path(authority, `${authority.replace('true', 'true,pathlen:0')}`, leaf);
  const { leaf: last, root } = verify(certificates);
  assert.deepEqual([last.raw.equals(certificates[2]), root], [true, sha256(certificates[0]).toString('hex')]);
  assert.throws(() => verify(certificates, Date.now() + 3 * 86_400_000), /not valid at this time/);
  refused([certificates[0], certificates[2]], /not issued/);
  refused([certificates[0], certificates[2], certificates[1]], /may not issue|not issued/);
  refused([certificates[0]], /no root/);
  refused(Array(9).fill(certificates[0]), /too long/);
  refused([certificates[0], certificates[1], certificates[2].subarray(0, -1)], /cannot be read/);
  assert.throws(() => verifyPath(certificates, new Set([sha256(certificates[1]).toString('hex')]), Date.now()), /not pinned/);
});

test('who may not issue has not issued', () => {
  refused(path(authority, leaf, leaf), /may not issue/);
  refused(path(authority, authority.replace('keyCertSign', 'digitalSignature'), leaf), /may not issue/);
  refused(path(authority.replace('true', 'true,pathlen:0'), authority, leaf), /may not issue/);
});

test('a critical extension that is not understood', () => {
  refused(path(authority, `${leaf}\n1.2.3.4=critical,DER:0500`), /not understood/);
  assert.ok(verify(path(authority, `${leaf}\n1.2.3.4=DER:0500`)));
});

test('a certificate that another key of the same name signed', () => {
  const [root] = path(authority);
  const other = path(authority, leaf);
  refused([root, other[1]], /not issued/);
});
