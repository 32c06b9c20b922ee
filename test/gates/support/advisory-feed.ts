import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';

/** The vulnerability feed npm asks, played on loopback: `bad-package` 1.0.0 has one advisory. */
export async function playAdvisoryFeed(
  severity = 'high',
): Promise<{ url: string; close: () => Promise<void> }> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const raw = Buffer.concat(chunks);
      const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw;
      const asked: unknown = body.length > 0 ? JSON.parse(body.toString()) : {};
      const hit = typeof asked === 'object' && asked !== null && 'bad-package' in asked;
      response.setHeader('content-type', 'application/json');
      if (request.method === 'GET') return void response.end(JSON.stringify(packument(request.url ?? '')));
      return void response.end(JSON.stringify(hit ? { 'bad-package': [advisory(severity)] } : {}));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    close: () => new Promise((resolve) => void server.close(() => resolve())),
  };
}

/** npm also looks up the package it was warned about. */
const packument = (url: string) => {
  const name = url.slice(1);
  return { name, 'dist-tags': { latest: '1.0.0' }, versions: { '1.0.0': { name, version: '1.0.0' } } };
};

const advisory = (severity: string) => ({
  id: 4711,
  url: 'https://advisories.example.org/4711',
  title: 'Runs what it is given',
  severity,
  vulnerable_versions: '<2.0.0',
  cwe: [],
  cvss: { score: 0, vectorString: null },
});

/** A lock file as npm writes it, with these packages at version 1.0.0. */
export function lockFiles(...packages: string[]): Record<string, string> {
  const dependencies = Object.fromEntries(packages.map((name) => [name, '1.0.0']));
  const entries = packages.map((name) => [`node_modules/${name}`, { version: '1.0.0' }]);
  const root = { name: 'shop', version: '1.0.0', dependencies };
  const lock = {
    ...root,
    lockfileVersion: 3,
    requires: true,
    packages: { '': root, ...Object.fromEntries(entries) },
  };
  return { 'package.json': JSON.stringify(root), 'package-lock.json': JSON.stringify(lock) };
}
