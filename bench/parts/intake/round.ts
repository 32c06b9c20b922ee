import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { servePeer } from '../../core/peers.ts';
import { startPlainIntake } from '../../floors/plain-intake.ts';
import { type System, startSystem } from '../../system/system.ts';
import {
  type BurstOptions,
  type BurstResult,
  GITEA_SECRET,
  type LoadOptions,
  type LoadResult,
  PLANE_PROJECT,
  PLANE_SECRET,
} from './deliveries.ts';

export interface IntakeOptions {
  deliveries: number;
  warmUp: number;
  connections: number;
}

export interface IntakeRound {
  perSecond: number;
  /** Of every delivery, from its sending to its answer. */
  tookMs: number[];
  statuses: Record<string, number>;
  /** Rows in the inbox; null where there is none. */
  stored: number | null;
}

export interface OverloadRound extends BurstResult {
  offeredMb: number;
  /** Rows in the inbox at the end. */
  stored: number;
  /** Resident memory above what the process had before, at its highest. */
  growthMb: number;
}

const LOAD = new URL('./load.ts', import.meta.url);
const BURST = new URL('./burst.ts', import.meta.url);

/** Sends from a process of its own, so that sending does not take time from answering. */
function send<T>(script: URL, options: LoadOptions | BurstOptions): Promise<T> {
  return new Promise((resolve, reject) => {
    const argv = ['--import', 'tsx', fileURLToPath(script), JSON.stringify(options)];
    const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(JSON.parse(output));
      else reject(new Error(`${script.pathname} ended with ${code}`));
    });
  });
}

async function measure(
  port: number,
  { deliveries, warmUp, connections }: IntakeOptions,
  dialect: LoadOptions['dialect'] = 'mixed',
): Promise<Omit<IntakeRound, 'stored'>> {
  const load = { port, dialect, connections };
  await send(LOAD, { ...load, from: 2, deliveries: warmUp });
  const { seconds, statuses, tookMs } = await send<LoadResult>(LOAD, {
    ...{ ...load, from: 2 + warmUp, deliveries },
  });
  return { perSecond: (statuses[200] ?? 0) / seconds, tookMs, statuses };
}

/** The product with both vendors' webhooks; nothing answers behind them. */
const startIntake = (): Promise<System> =>
  startSystem({
    project: {
      tracker: 'plane',
      plane_project_id: PLANE_PROJECT,
      forge: 'gitea',
      owner: 'acme',
      source: undefined,
    },
    settings: {
      ORCH_PLANE_API_URL: 'http://127.0.0.1:9',
      ORCH_PLANE_API_TOKEN: 'token-of-nobody',
      ORCH_PLANE_WORKSPACE_SLUG: 'acme',
      ORCH_PLANE_WEBHOOK_SECRET: PLANE_SECRET,
      ORCH_GITEA_URL: 'http://127.0.0.1:9',
      ORCH_GITEA_TOKEN: 'token-of-nobody',
      ORCH_GITEA_WEBHOOK_SECRET: GITEA_SECRET,
      ORCH_RECONCILE_PLANE_ENABLED: 'false',
    },
  });

const storedBy = ({ app }: System): number =>
  Number(app.parts.house.db.$client.prepare('select count(*) from deliveries').pluck().get());

/** Deliveries answered by the product: each is in SQLite before its answer. */
export async function intakeProduct(options: IntakeOptions): Promise<IntakeRound> {
  const system = await startIntake();
  try {
    const round = await measure(system.app.httpPort, options);
    return { ...round, stored: storedBy(system) };
  } finally {
    await system.stop();
  }
}

const MB = 2 ** 20;

/** Far more than the product takes at a time, all at the same moment. */
export async function intakeOverload({ deliveries }: { deliveries: number }): Promise<OverloadRound> {
  const system = await startIntake();
  try {
    globalThis.gc?.();
    const before = process.memoryUsage().rss;
    let peak = before;
    const look = setInterval(() => {
      peak = Math.max(peak, process.memoryUsage().rss);
    }, 10);
    const burst = { port: system.app.httpPort, deliveries, bytes: MB };
    const result = await send<BurstResult>(BURST, burst);
    clearInterval(look);
    return { ...result, offeredMb: deliveries, stored: storedBy(system), growthMb: (peak - before) / MB };
  } finally {
    await system.stop();
  }
}

/** The floor: Koa, the raw body and the same signature, and nothing else. */
export async function intakeFloor(options: IntakeOptions): Promise<IntakeRound> {
  const floor = await startPlainIntake();
  try {
    return { ...(await measure(floor.port, options)), stored: null };
  } finally {
    await floor.close();
  }
}

/** The peer: Probot, which checks the signature, calls a handler and keeps nothing. */
export async function intakeProbot(options: IntakeOptions): Promise<IntakeRound> {
  const { port, stop } = await servePeer('probot.mjs', [GITEA_SECRET]);
  try {
    return { ...(await measure(port, options, 'github')), stored: null };
  } finally {
    await stop();
  }
}
