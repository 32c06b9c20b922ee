// No test reaches anybody outside of this machine (SAFE-5): an attempt throws, and the test it was made in fails.
import { Socket } from 'node:net';
import { afterEach } from 'vitest';
import { oncePerProcess } from './once-per-process.ts';

/** Loopback, this machine's sockets, and the names and addresses that are reserved for documentation and tests. */
const ALLOWED =
  /^(|localhost|127\..*|::1|::|0\.0\.0\.0|.*\.(invalid|test|example|localhost)|192\.0\.2\..*|198\.51\.100\..*|203\.0\.113\..*)$/;

interface Wanted {
  host?: unknown;
  path?: unknown;
}

const attempts = oncePerProcess('closed-door', closeDoor);

/** What was tried since the last call. */
export const takeAttempts = (): string[] => attempts.splice(0);

/** Every way to call it: `(options)`, `(port, host)`, `(path)`, and the normalised array Node itself passes on. */
function wantedOf([first, second]: unknown[]): Wanted {
  if (Array.isArray(first)) return wantedOf(first);
  if (typeof first === 'object' && first !== null) return first as Wanted;
  return typeof first === 'string' && Number.isNaN(Number(first)) ? { path: first } : { host: second };
}

/** Hosts that were tried, from now on. */
function closeDoor(): string[] {
  const tried: string[] = [];
  const open = Socket.prototype.connect as (...args: unknown[]) => Socket;
  Socket.prototype.connect = function connect(this: Socket, ...args: unknown[]): Socket {
    const { host, path } = wantedOf(args);
    if (typeof path === 'string' || typeof host !== 'string' || ALLOWED.test(host))
      return open.apply(this, args);
    tried.push(host);
    throw new Error(`a test may not reach ${host}: the door is closed`);
  } as typeof Socket.prototype.connect;
  return tried;
}

afterEach(() => {
  const tried = takeAttempts();
  if (tried.length > 0) throw new Error(`the test tried to reach ${[...new Set(tried)].join(', ')}`);
});
