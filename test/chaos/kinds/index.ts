import type { FaultKind } from '../fault.ts';
import { KILLS } from './kills.ts';
import { CLOCKS, DISKS } from './machine.ts';
import { REDIS } from './redis.ts';
import { CHAT, REST } from './servers.ts';
import { WEBHOOKS } from './webhooks.ts';

/** Every kind of fault this lane knows. */
export const KINDS: readonly FaultKind[] = [
  ...KILLS,
  ...REDIS,
  ...WEBHOOKS,
  ...REST,
  ...CHAT,
  ...DISKS,
  ...CLOCKS,
];
