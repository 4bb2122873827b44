#!/usr/bin/env node
// node cli.mjs OPERATION [options] VALUE: one operation of the engine on one value, for people and scripts.
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { Alphabet, AttestationRefusal, ConnectionLost, EnclaveClient, EngineRefusal, Operation, Phase, Type, context, loadCaller, loadTrust } from './client.mjs';

const usage = `usage: node cli.mjs COMMAND [options] [VALUE]

COMMAND   encrypt, encrypt-deterministic, decrypt, verify, rewrap, hash, mask, lookup, preserve, unpreserve; or status, public-keys
VALUE     the value or token; "-" or none reads standard input, which keeps it out of the list of processes

  --state FOLDER           state folder with trust.json, callers/ and enclave.sock (.e3)
  --address unix:/PATH     the engine (unix:STATE/enclave.sock)
  --caller NAME            whose key and grant (requests)
  --simulated-root FILE    accept this root (DER) besides the one of AWS; for development only
  --app NAME --role NAME   whose key, and for whom
  --bind TEXT              a bound value; may be repeated, order matters
  --type TYPE              of the value: string, number, boolean, null, object, array or bytes, which are base64 (string)
  --first N --last N       characters that stay, of mask and preserve (0)
  --with CHARACTER         what stands for the others, of mask (*)
  --alphabet NAME          digits, lower, upper or alphanumeric, of preserve (digits)
  --luhn                   the value has a check digit, of preserve
  --key-version N          of preserve`;

const options = {
  state: { type: 'string', default: '.e3' }, address: { type: 'string' }, caller: { type: 'string', default: 'requests' },
  'simulated-root': { type: 'string' }, app: { type: 'string' }, role: { type: 'string' }, bind: { type: 'string', multiple: true, default: [] },
  type: { type: 'string', default: 'string' }, first: { type: 'string', default: '0' }, last: { type: 'string', default: '0' },
  with: { type: 'string', default: '*' }, alphabet: { type: 'string', default: 'digits' }, luhn: { type: 'boolean', default: false },
  'key-version': { type: 'string', default: '0' },
};

class UsageError extends Error {}

async function main() {
  const { command, operation, given, value } = readArguments();
  const root = given['simulated-root'];
  const client = await EnclaveClient.connect({
    address: given.address ?? `unix:${resolve(given.state, 'enclave.sock')}`,
    trust: await loadTrust(join(given.state, 'trust.json')),
    caller: await loadCaller(join(given.state, 'callers', given.caller)),
    simulatedRoot: root && await readFile(root),
  });
  try {
    if (client.attestation.simulated) console.error('simulated TEE: nothing is protected from this machine');
    if (command === 'status') return printStatus(client.attestation);
    if (command === 'public-keys') return printKeys(await client.publicKeys(given.app));
    const group = { operation, app: given.app, role: given.role, context: context(given.bind), parameters: parametersOf(operation, given) };
    const input = value === undefined || value === '-' ? (await text(process.stdin)).replace(/\n$/, '') : value;
    const type = typeOf(operation, given.type);
    const result = await client.transformOne(group, type === Type.bytes ? Buffer.from(input, 'base64') : input, type);
    return console.log(print(operation, result));
  } finally {
    client.close();
  }
}

function readArguments() {
  let parsed;
  try {
    parsed = parseArgs({ options, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error.message);
  }
  const { values: given, positionals: [command, value, ...more] } = parsed;
  const operation = Operation[command?.replace(/-(.)/g, (_, letter) => letter.toUpperCase())];
  if (more.length > 0 || (operation === undefined && command !== 'status' && command !== 'public-keys')) throw new UsageError('which command?');
  if (command !== 'status' && given.app === undefined) throw new UsageError('--app is missing');
  if (operation !== undefined && given.role === undefined) throw new UsageError('--role is missing');
  return { command, operation, given, value };
}

function parametersOf(operation, given) {
  if (operation === Operation.mask) return [number(given.first), number(given.last), oneCharacter(given.with)];
  if (operation !== Operation.preserve && operation !== Operation.unpreserve) return [];
  const alphabet = Alphabet[given.alphabet] ?? usageError('there is no such alphabet');
  return [number(given.first), number(given.last), alphabet, given.luhn, number(given['key-version'])];
}

function typeOf(operation, name) {
  return Type[name] ?? usageError('there is no such type');
}

function print(operation, { type, value }) {
  if (operation === Operation.verify) return 'opens';
  return type === Type.bytes ? value.toString('base64') : value.toString('utf8');
}

function printStatus({ simulated, image, statement, phase, pcrs }) {
  const name = Object.keys(Phase).find((key) => Phase[key] === phase);
  console.log(`phase ${name}, ${simulated ? 'simulated, ' : ''}image ${image}, fleet ${statement.fleetId.toString('hex')}`);
  console.log(`PCR0 ${pcrs.get(0).toString('hex')}`);
}

function printKeys(keys) {
  for (const { purpose, version, keyId, point, retired } of keys)
    console.log([purpose, version, keyId.toString('hex'), retired ? 'retired' : 'in use', point.toString('hex')].join(' ').trimEnd());
}

const number = (given) => (/^\d{1,5}$/.test(given) ? Number(given) : usageError(`${given} is no number`));
const oneCharacter = (given) => ([...given].length === 1 ? given.codePointAt(0) : usageError('--with takes one character'));

function usageError(message) {
  throw new UsageError(message);
}

try {
  await main();
} catch (error) {
  if (error instanceof UsageError) {
    console.error(`${error.message}\n\n${usage}`);
    process.exitCode = 2;
  } else {
    const known = error instanceof EngineRefusal || error instanceof AttestationRefusal || error instanceof ConnectionLost;
    console.error(known ? `${error.name}: ${error.message}` : `error: ${error.message}`);
    process.exitCode = 1;
  }
}
