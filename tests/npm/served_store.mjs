// A store of its own and `fhirbin serve` on it, for one test.
import {spawn, spawnSync} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import assert from 'node:assert/strict';

const tool = process.env.FHIRBIN_TOOL;

// Calls `use` with the URL of a fresh server, and checks the store when it is done.
export async function withServer(options, use) {
  const folder = mkdtempSync(join(tmpdir(), 'fhirbin-npm-'));
  const store = join(folder, 's.fhirbin');
  try {
    assert.equal(spawnSync(tool, ['init', store]).status, 0);
    // Dies with this process, however that ends.
    const server = spawn('setpriv', ['--pdeathsig', 'KILL', tool, 'serve', store, '--port', '0', ...options],
        {stdio: ['ignore', 'pipe', 'inherit']});
    const ended = new Promise((resolve) => server.on('exit', (code) => resolve(code)));
    try {
      const lines = createInterface({input: server.stdout});
      const url = await new Promise((resolve, reject) => {
        lines.once('line', resolve);
        ended.then((code) => reject(new Error(`the server ended with ${code}`)));
      });
      await use(url);
    } finally {
      server.kill('SIGTERM');
    }
    assert.equal(await ended, 0);
    assert.equal(spawnSync(tool, ['verify', store]).status, 0);
  } finally {
    rmSync(folder, {recursive: true, force: true});
  }
}

// Bytes of every value, not valid in UTF-8.
export const bytes = Uint8Array.from({length: 100_000}, (_, i) => (i * 31 + (i >> 8)) & 0xFF);

export function binary(text, more = {}) {
  return {
    resourceType: 'Binary',
    contentType: 'text/plain',
    data: Buffer.from(text).toString('base64'),
    ...more,
  };
}

export function textOf(resource) {
  return Buffer.from(resource.data, 'base64').toString();
}
