import { onTestFinished } from 'vitest';
import type { Place } from '../../../src/cli/checks/check.ts';
import { CLOCK } from '../../../src/cli/checks/clock.ts';
import { GITEA } from '../../../src/cli/checks/gitea.ts';
import { PLANE } from '../../../src/cli/checks/plane.ts';
import { TELEGRAM } from '../../../src/cli/checks/telegram.ts';
import { PUBLIC_URL } from '../../../src/cli/checks/webhooks.ts';
import { createChatStore } from '../../../src/db/chat-store.ts';
import { openDb } from '../../../src/db/open.ts';
import { createFakeGitea } from '../../support/gitea/server.ts';
import { PLANE_DEFAULTS } from '../../support/plane/state.ts';
import { createPlaneWorld } from '../../support/plane/world.ts';
import { startTelegramServer } from '../../support/telegram/server.ts';
import type { Case } from './case.ts';
import { entry, placeWith } from './place.ts';

const PUBLIC = 'https://orchestrator.example.test';

async function gitea(prepare: (fake: Awaited<ReturnType<typeof createFakeGitea>>) => void = () => undefined) {
  const fake = await createFakeGitea();
  onTestFinished(() => fake.close());
  prepare(fake);
  return placeWith({
    projects: [entry({ repo: 'shop-api', forge: 'gitea', owner: 'acme' })],
    env: {
      ORCH_GITEA_URL: fake.url,
      ORCH_GITEA_TOKEN: fake.token,
      ORCH_GITEA_WEBHOOK_SECRET: 'a-secret-of-the-hook',
      ORCH_PUBLIC_URL: PUBLIC,
    },
  });
}

async function plane(states: Parameters<typeof createPlaneWorld>[0] = {}) {
  const world = await createPlaneWorld(states);
  onTestFinished(() => world.close());
  if (states.states === undefined)
    for (const name of ['autoApprove', 'autoDeploy']) world.board.labels.push({ id: name, name, color: '' });
  return placeWith({
    projects: [entry({ tracker: 'plane', plane_project_id: world.board.id })],
    env: {
      ORCH_PLANE_API_URL: world.plane.url,
      ORCH_PLANE_API_TOKEN: world.shared.token,
      ORCH_PLANE_WORKSPACE_SLUG: world.client.workspace,
      ORCH_PLANE_WEBHOOK_SECRET: 'a-secret-of-the-hook',
    },
  });
}

async function telegram(env: (apiRoot: string, token: string) => Record<string, string>) {
  const server = await startTelegramServer();
  onTestFinished(() => server.close());
  return placeWith({ env: { ORCH_TELEGRAM_API_URL: server.apiRoot, ...env(server.apiRoot, server.token) } });
}

/** Seeded users in the environment; `known` are paired already (ACC-8). */
async function seeded(known: number): Promise<Place> {
  const more = { ORCH_TELEGRAM_ALLOWED_USERS: '21:owner' };
  const place = await telegram((_, token) => ({ ORCH_TELEGRAM_BOT_TOKEN: token, ...more }));
  const db = openDb({ file: place.loaded.config.db.path });
  const nothing = { projects: [], tz: null, quietHours: null, createdBy: 'test', createdAt: 1 };
  for (let id = 1; id <= known; id++)
    createChatStore(db).putUser({ id, name: `${id}`, role: 'owner', ...nothing });
  db.$client.close();
  return place;
}

export const PEER_CASES: readonly Case[] = [
  {
    check: GITEA,
    wrong: () => gitea(),
    level: 'hint',
    says: /the webhook is missing/,
    fix: /orchestrator init gitea/,
    mended: /created the webhook https:\/\/orchestrator\.example\.test\/webhook\/gitea/,
    fine: () =>
      gitea(({ repo }) => {
        const config = { url: `${PUBLIC}/webhook/gitea`, content_type: 'json' };
        const events = ['push', 'pull_request', 'status', 'workflow_run'];
        repo.hooks.push({ id: 1, active: true, events, config } as never);
      }),
  },
  {
    check: PLANE,
    wrong: () => plane({ states: PLANE_DEFAULTS }),
    level: 'problem',
    says: /^missing$/,
    fix: /orchestrator init plane/,
    mended: /^created .*Approved/,
    fine: () => plane(),
  },
  {
    check: TELEGRAM,
    wrong: () => telegram(() => ({ ORCH_TELEGRAM_BOT_TOKEN: '7000001:another-token' })),
    level: 'problem',
    says: /the token is refused/,
    fix: /@BotFather/,
    fine: () => telegram((_, token) => ({ ORCH_TELEGRAM_BOT_TOKEN: token })),
  },
  {
    check: TELEGRAM,
    wrong: () => seeded(1),
    level: 'hint',
    says: /ORCH_TELEGRAM_ALLOWED_USERS is ignored: 1 user\(s\) are known already/,
    fix: /\/pair/,
    fine: () => seeded(0),
  },
  {
    check: PUBLIC_URL,
    wrong: () => placeWith({ env: { ORCH_PUBLIC_URL: 'http://127.0.0.1:8500' } }),
    level: 'hint',
    says: /is this machine/,
    fix: /public address/,
    fine: () => placeWith(),
  },
  {
    check: CLOCK,
    wrong: async () => ({ ...(await gitea()), now: () => Date.now() + 120_000 }),
    level: 'hint',
    says: /1(19|20|21) s ahead of 127\.0\.0\.1/,
    fix: /NTP/,
    fine: () => gitea(),
  },
];
