import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';

/** Where a release goes: a hook that writes down what it deployed, and a service that tells it. */
export interface Production {
  hook: string;
  healthUrl: string;
  /** SHA of every deploy and rollback, oldest first. */
  deploys(): string[];
  close(): Promise<void>;
}

const HOOK = `#!/bin/sh
# One line per deploy, written at once; the service below serves the last one.
dir=$(dirname "$0")
[ "$1" = --rollback ] && { echo "rollback" >>"$dir/deploys"; exit 0; }
sleep 0.3
echo "$DEPLOY_SHA" >>"$dir/deploys"
sleep 0.3
`;

export async function startProduction(dir: string): Promise<Production> {
  const hook = path.join(dir, 'deploy.sh');
  writeFileSync(hook, HOOK);
  chmodSync(hook, 0o755);
  const written = path.join(dir, 'deploys');
  const deploys = () =>
    existsSync(written) ? readFileSync(written, 'utf8').split('\n').filter(Boolean) : [];
  const server = createServer((_, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ status: 'ok', commit: deploys().at(-1) ?? '' }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    hook,
    healthUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/health`,
    deploys,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
