import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The only way of a host to the forge: git over HTTP, and nothing of its API. */
export interface GitDoor {
  urlAt(address: string): string;
  /** `METHOD path` of what was asked and is no git. */
  readonly refused: readonly string[];
  close(): Promise<void>;
}

const GIT = /^\/[^/]+\/[^/]+\.git\/(info\/refs|git-upload-pack|git-receive-pack)$/;

/** Opens a door to `forge` on each of these addresses, at one port. */
export async function openGitDoor(forge: string, addresses: readonly string[]): Promise<GitDoor> {
  const refused: string[] = [];
  const listening: Server[] = [];
  let port = 0;
  for (const address of addresses) {
    const server = createServer((asked, answer) => {
      const { pathname } = new URL(asked.url ?? '/', forge);
      if (!GIT.test(pathname)) {
        refused.push(`${asked.method} ${pathname}`);
        answer.writeHead(403).end();
        return;
      }
      const { method = 'GET', headers } = asked;
      const passedOn = request(new URL(asked.url ?? '/', forge), { method, headers }, (reply) => {
        answer.writeHead(reply.statusCode ?? 502, reply.headers);
        reply.pipe(answer);
      });
      passedOn.on('error', () => answer.destroy());
      asked.pipe(passedOn);
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(port, address, resolve);
    });
    port = (server.address() as AddressInfo).port;
    listening.push(server);
  }
  return {
    urlAt: (address) => `http://${address}:${port}`,
    refused,
    async close() {
      for (const server of listening) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  };
}
