import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AppError } from '../../errors.ts';

/** Binds a server. Rejects with AppError `port-in-use` or `cannot-listen`, each one line for a person. */
export function listenOn(
  server: Server,
  { host, port }: { host: string; port: number },
): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => reject(describe(cause, host, port)));
    server.listen({ host, port }, () => resolve(server.address() as AddressInfo));
  });
}

function describe(cause: NodeJS.ErrnoException, host: string, port: number): AppError {
  if (cause.code === 'EADDRINUSE') {
    return new AppError(
      'port-in-use',
      `The chat page needs port ${port} on ${host}, but another program uses it.`,
      {
        fault: 'environment',
        hint: 'Stop that program or set ORCH_LOCAL_CHAT_PORT to a free port.',
        cause,
      },
    );
  }
  return new AppError('cannot-listen', `The chat page cannot listen on ${host}:${port}: ${cause.message}.`, {
    fault: 'environment',
    hint: 'Check ORCH_LOCAL_CHAT_HOST and ORCH_LOCAL_CHAT_PORT.',
    cause,
  });
}

/** Ends a server: answers under way get a moment, lines that browsers keep open do not hold us up. */
export async function closeServer(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), 200);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
    server.closeIdleConnections();
  });
}
