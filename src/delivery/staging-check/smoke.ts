import { matchServedSha } from '../served-sha.ts';
import { report, type Suite } from './suite.ts';

/** Block A: the server is up, is what we expect, and is a staging server (A3 guards everything that writes). */
export async function runSmoke(suite: Suite): Promise<{ safe: boolean }> {
  await healthy(suite);
  await queue(suite);
  return { safe: await isStaging(suite) };
}

async function healthy(suite: Suite): Promise<void> {
  const { status, body, detail } = await suite.server.get('/health');
  const served = matchServedSha(body?.commit, suite.expectSha ?? '');
  const wrong = suite.expectSha !== undefined && served.match === 'other';
  let problem: string | null = null;
  if (status !== 200) problem = `GET /health: expected 200, found ${detail}`;
  else if (body?.status !== 'ok') problem = `GET /health: expected status "ok"`;
  else if (wrong) problem = `serves ${served.exposed}, expected ${suite.expectSha}`;
  report(suite, { id: 'A1', passed: `healthy, commit ${served.exposed ?? 'not exposed'}`, problem });
}

async function queue(suite: Suite): Promise<void> {
  const { status, body, detail } = await suite.server.get('/queue');
  const missing = ['counts', 'max_concurrency', 'resilience'].filter((key) => body?.[key] === undefined);
  let problem: string | null = null;
  if (status !== 200) problem = `GET /queue: expected 200, found ${detail}`;
  else if (missing.length > 0) problem = `GET /queue: missing ${missing.join(', ')}`;
  report(suite, { id: 'A2', passed: 'queue answers', problem });
}

async function isStaging(suite: Suite): Promise<boolean> {
  const { status, body, detail } = await suite.server.get('/status');
  const staging = status === 200 && body?.staging === true;
  const found = status === 200 ? `staging: ${String(body?.staging)}` : detail;
  const problem = staging ? null : `GET /status: expected staging: true, found ${found}; nothing was written`;
  return report(suite, { id: 'A3', passed: 'the server says it is a staging instance', problem });
}
