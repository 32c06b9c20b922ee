import { Redis } from 'ioredis';

/** What answered on a socket. `loading` means alive, reading its append-only file. */
export interface RedisAnswer {
  pid: number;
  loading: boolean;
}

/** Asks PING and INFO on a unix socket; null when nothing answers within `timeoutMs`. Never throws. */
export async function probeRedis(socketPath: string, timeoutMs = 1000): Promise<RedisAnswer | null> {
  const client = new Redis({
    path: socketPath,
    lazyConnect: true,
    enableReadyCheck: false,
    connectTimeout: timeoutMs,
    commandTimeout: timeoutMs,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  // A refused connection rejects the call below; the event carries nothing more.
  client.on('error', () => {});
  try {
    await client.connect();
    const info = await client.info('server');
    const pid = Number(/^process_id:(\d+)/m.exec(info)?.[1]);
    return Number.isInteger(pid) ? { pid, loading: await isLoading(client) } : null;
  } catch {
    return null;
  } finally {
    client.disconnect();
  }
}

async function isLoading(client: Redis): Promise<boolean> {
  try {
    return (await client.ping()) !== 'PONG';
  } catch (error) {
    if (String(error).includes('LOADING')) return true;
    throw error;
  }
}
