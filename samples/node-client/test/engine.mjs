// Starts the real helper with its simulated enclave in a folder of its own, and ends it with this process at the latest.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { loadCaller, loadTrust } from '../client.mjs';

const helper = fileURLToPath(new URL('../../../artifacts/bin/E3.Relay.Helper/debug/E3.Relay.Helper', import.meta.url));

/** Why the tests with an engine cannot run, or false. */
export const missing = existsSync(helper) ? false : 'the helper is not built: dotnet build helper && dotnet build enclave/Host';

const readyWithinMs = 60_000;
const endWithinMs = 15_000;

export async function startEngine() {
  // Paths of Unix sockets are short.
  const folder = await mkdtemp('/tmp/e3-node-');
  const state = join(folder, 's');
  const child = spawn(helper, ['run', '--state', state, '--parent-stdin', '--ensure-app', 'shop'], {
    env: { ...process.env, DOTNET_ENVIRONMENT: 'Development' }, stdio: ['pipe', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit');
  const end = async () => {
    child.stdin.end();
    const ended = await Promise.race([exited.then(() => true), delay(endWithinMs, false, { ref: false })]);
    if (!ended) child.kill('SIGKILL');
    await exited;
    await rm(folder, { recursive: true, force: true });
    return ended;
  };
  try {
    await ready(child);
  } catch (error) {
    await end();
    throw error;
  }
  return {
    state, end,
    address: `unix:${join(state, 'enclave.sock')}`,
    trust: await loadTrust(join(state, 'trust.json')),
    simulatedRoot: await readFile(join(state, 'simulated/nsm-root.der')),
    administratorKey: await readFile(join(state, 'simulated/administrator.key')),
    caller: (name) => loadCaller(join(state, 'callers', name)),
  };
}

async function ready(child) {
  const log = [];
  await new Promise((resolve, reject) => {
    const fail = () => reject(new Error(`the helper is not ready:\n${log.join('\n')}`));
    const timer = setTimeout(fail, readyWithinMs);
    child.once('exit', fail).once('error', reject);
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        log.push(line);
        if (!line.includes(' ready: ')) return;
        clearTimeout(timer);
        child.off('exit', fail);
        resolve();
      });
    }
  });
}
