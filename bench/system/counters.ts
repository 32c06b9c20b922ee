import { Redis } from 'ioredis';
import type { App } from '../../src/app.ts';

/** What work costs besides time. */
export interface Costs {
  /** Commands this process sent to Redis. */
  redisCommands: number;
  /** Committed SQLite transactions, single statements included. */
  transactions: number;
  /** User and system time of this process, seconds. */
  cpuS: number;
}

let sent = 0;
let patched = false;

/** Counts commands of every connection of this process from now on. */
export function countRedisCommands(): void {
  if (patched) return;
  patched = true;
  const { sendCommand } = Redis.prototype;
  Redis.prototype.sendCommand = function count(this: Redis, ...args: Parameters<typeof sendCommand>) {
    sent += 1;
    return sendCommand.apply(this, args);
  } as typeof sendCommand;
}

interface Statement {
  readonly readonly: boolean;
  readonly source: string;
  run(...params: unknown[]): unknown;
}

/** Counts the write transactions of one database from now on. */
function countTransactions({ $client }: App['parts']['house']['db']): () => number {
  let count = 0;
  const prototype = Object.getPrototypeOf($client.prepare('select 1')) as Statement;
  const { run } = prototype;
  prototype.run = function counted(this: Statement, ...params: unknown[]) {
    const opens = /^begin/i.test(this.source) || (!$client.inTransaction && !this.readonly);
    if (opens) count += 1;
    return run.apply(this, params);
  };
  return () => count;
}

const cpuSeconds = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

/** Costs between this call and the returned one. */
export function meter(app?: App): () => Costs {
  const transactions = app ? countTransactions(app.parts.house.db) : () => 0;
  const before = { redis: sent, cpu: cpuSeconds() };
  return () => ({
    redisCommands: sent - before.redis,
    transactions: transactions(),
    cpuS: cpuSeconds() - before.cpu,
  });
}
