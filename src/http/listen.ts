import { chmod, rm } from 'node:fs/promises';
import type { Server } from 'node:http';
import { type AddressInfo, createConnection } from 'node:net';
import { AppError } from '../errors.ts';

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? '';

const environment = (code: string, message: string, hint: string, cause: unknown): AppError =>
  new AppError(code, message, { fault: 'environment', hint, cause });

const bind = (server: Server, address: { host: string; port: number } | { path: string }): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(address, () => {
      server.off('error', reject);
      resolve();
    });
  });

/** Binds host and port; port 0 picks a free one. Returns the port in use. */
export async function listenTcp(server: Server, host: string, port: number): Promise<number> {
  try {
    await bind(server, { host, port });
  } catch (error) {
    throw tcpProblem(error, host, port);
  }
  return (server.address() as AddressInfo).port;
}

function tcpProblem(error: unknown, host: string, port: number): AppError {
  const found = `Expected to listen on ${host}:${port}, found`;
  switch (codeOf(error)) {
    case 'EADDRINUSE':
      return environment(
        'port-in-use',
        `${found} the port in use by another process.`,
        'Stop that process, or set ORCH_HTTP_PORT to a free port.',
        error,
      );
    case 'EACCES':
      return environment(
        'port-not-allowed',
        `${found} the port reserved for root.`,
        'Set ORCH_HTTP_PORT to a port above 1023.',
        error,
      );
    default:
      return environment(
        'address-not-available',
        `${found} that this machine does not offer the address (${codeOf(error)}).`,
        'Set ORCH_HTTP_HOST to an address of this machine, e.g. 127.0.0.1.',
        error,
      );
  }
}

/** Unix socket addresses end at 104 bytes on some systems. */
const LONGEST_SOCKET_PATH = 103;

/**
 * Binds the control socket, for its owner only (mode 0600). A file left by a dead process is replaced; a
 * living one means that this data directory is in use.
 */
export async function listenSocket(server: Server, path: string): Promise<void> {
  if (Buffer.byteLength(path) > LONGEST_SOCKET_PATH) {
    throw environment(
      'socket-path-too-long',
      `Expected a socket path of at most ${LONGEST_SOCKET_PATH} bytes, found "${path}".`,
      'Set ORCH_DATA_DIR to a shorter path.',
      undefined,
    );
  }
  if (await answers(path)) throw alreadyRunning(path, undefined);
  await rm(path, { force: true });
  try {
    await bind(server, { path });
    await chmod(path, 0o600);
  } catch (error) {
    if (codeOf(error) === 'EADDRINUSE') throw alreadyRunning(path, error);
    throw environment(
      'socket-not-created',
      `Expected to create "${path}", found that it cannot be (${codeOf(error)}).`,
      'Set ORCH_DATA_DIR to a directory this process can write.',
      error,
    );
  }
}

const alreadyRunning = (path: string, cause: unknown): AppError =>
  environment(
    'already-running',
    `Expected to be the only control process of this data directory, found another one at "${path}".`,
    'Stop it first, or use another ORCH_DATA_DIR.',
    cause,
  );

const answers = (path: string): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = createConnection(path);
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', () => resolve(false));
  });
