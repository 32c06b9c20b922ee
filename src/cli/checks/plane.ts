import { existsSync } from 'node:fs';
import { planeSettingsOf } from '../../app/plane.ts';
import { createDeliveryStore } from '../../db/deliveries.ts';
import { openDb } from '../../db/open.ts';
import { silentLogger } from '../../log.ts';
import type { Project } from '../../pipeline/project.ts';
import type { PlaneClient } from '../../tracker/plane/client.ts';
import { applyInit, planInit } from '../../tracker/plane/init.ts';
import { inspectPlane, type PlaneCheck } from '../../tracker/plane/inspect.ts';
import { planeIssueUrl } from '../../tracker/plane/links.ts';
import { openPlaneClient } from '../../tracker/plane/open.ts';
import type { Check, Place } from './check.ts';
import { type Found, hint, ok, problem } from './finding.ts';

/** What polling or a reader's patience makes up for; everything else must be mended. */
const COVERED: ReadonlySet<string> = new Set(['webhook secret', 'last delivery', 'web address']);

export const PLANE: Check = {
  name: 'plane',
  about: 'per project: token, roles, states, labels, webhook secret, last delivery, links (PLANE-71)',
  mends: 'creates missing states and labels',
  async look(place) {
    const mine = place.loaded.projects.filter(({ tracker }) => tracker === 'plane');
    if (mine.length === 0) return [];
    const { loaded, http, now } = place;
    const sleep = (ms: number) => new Promise<void>((resolve) => void setTimeout(resolve, ms));
    const client = openPlaneClient(planeSettingsOf(loaded.config), { http, now, sleep, log: silentLogger() });
    const found = await Promise.all(mine.map((project) => lookAt(place, client, project)));
    return found.flat();
  },
};

async function lookAt({ loaded }: Place, client: PlaneClient, project: Project): Promise<Found[]> {
  const { tracker, labels, db } = loaded.config;
  const { repo, planeProjectId = '', stateNames } = project;
  const webUrl = tracker.planeWebUrl ?? '';
  const setup = {
    client,
    project: { repo, planeProjectId, stateNames },
    labels: labels.autoLabelEnabled ? [labels.autoApproveLabel, labels.autoDeployLabel] : [],
  };
  const workspace = tracker.planeWorkspaceSlug ?? '';
  const checks = await inspectPlane({
    ...setup,
    webUrl,
    webhookSecretSet: tracker.planeWebhookSecret !== undefined,
    lastDeliveryAt: lastDelivery(db.path),
    issueUrl: planeIssueUrl({ webUrl, workspace, project: planeProjectId, issue: 'any' }),
    relations: null,
  });
  const mend = async () => {
    const plan = await planInit(setup);
    if (plan.kind !== 'ok') throw new Error(plan.reason);
    const done = await applyInit(setup, plan.value.missing);
    const failed = done.filter(({ result }) => result === 'failed');
    if (failed.length > 0) throw new Error(failed.map(({ reason }) => reason).join('; '));
    return `created ${done.map(({ missing }) => missing.name).join(', ')}`;
  };
  const missing = checks.some(({ name, detail }) => detail === 'missing' && /^(status|label) /.test(name));
  return summed(checks).map((found, index) => ({
    ...found,
    of: found.of === undefined ? repo : `${repo}.${found.of}`,
    ...(missing && index === 0 ? { mend } : {}),
  }));
}

/** What is fine is one line; every complaint keeps its own. */
function summed(checks: readonly PlaneCheck[]): Found[] {
  const bad = checks.filter((check) => !check.ok);
  const token = checks.find(({ name }) => name === 'token');
  const head = ok(
    `${token?.ok ? token.detail : 'token refused'}; ${checks.length - bad.length} of ${checks.length} checks are fine`,
  );
  return [
    head,
    ...bad.map(({ name, detail, fix }) => {
      const more = { of: name.replaceAll(' ', '-') };
      const how = (fix ?? '').replace(/\.$/, '');
      return COVERED.has(name) ? hint(detail, how, more) : problem(detail, how, more);
    }),
  ];
}

function lastDelivery(file: string): number | null {
  if (!existsSync(file)) return null;
  const db = openDb({ file, readonly: true });
  try {
    return createDeliveryStore(db).lastAt('plane');
  } catch {
    return null;
  } finally {
    db.$client.close();
  }
}
