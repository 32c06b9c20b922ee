import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { servePeer } from '../../core/peers.ts';
import { startPlainIntake } from '../../floors/plain-intake.ts';
import { startSystem } from '../../system/system.ts';
import {
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
  p99Ms: number[];
  statuses: Record<string, number>;
  /** Rows in the inbox; null where there is none. */
  stored: number | null;
  rssMb: number;
  retryAfter: string | null;
}

const LOAD = fileURLToPath(new URL('./load.ts', import.meta.url));

/** A process of its own, so that sending does not take time from answering. */
export function runLoad(options: LoadOptions): Promise<LoadResult> {
  return new Promise((resolve, reject) => {
    const argv = ['--import', 'tsx', LOAD, JSON.stringify(options)];
    const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(JSON.parse(output));
      else reject(new Error(`the load ended with ${code}`));
    });
  });
}

async function measure(
  port: number,
  { deliveries, warmUp, connections }: IntakeOptions,
  dialect: LoadOptions['dialect'] = 'mixed',
): Promise<Omit<IntakeRound, 'stored'>> {
  const load = { port, dialect, connections };
  await runLoad({ ...load, from: 2, deliveries: warmUp });
  const { seconds, statuses, tookMs, retryAfter } = await runLoad({ ...load, from: 2 + warmUp, deliveries });
  const rssMb = process.memoryUsage().rss / 2 ** 20;
  return { perSecond: (statuses[200] ?? 0) / seconds, p99Ms: tookMs, statuses, rssMb, retryAfter };
}

/** Deliveries answered by the product: each is in SQLite before its answer. */
export async function intakeProduct(options: IntakeOptions): Promise<IntakeRound> {
  const { app, stop } = await startSystem({
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
  try {
    const round = await measure(app.httpPort, options);
    const { n } = app.parts.house.db.$client.prepare('select count(*) n from deliveries').get() as {
      n: number;
    };
    return { ...round, stored: n };
  } finally {
    await stop();
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
