import { afterAll, describe, expect, test } from 'vitest';
import { deviations, loadPlaneDescription } from '../support/plane/open-api.ts';
import type { Exchange } from '../support/plane/server.ts';
import { createPlaneWorld } from '../support/plane/world.ts';
import { trackerContract } from './tracker.contract.ts';

const seen: Exchange[] = [];

for (const items of ['work-items', 'issues'] as const)
  trackerContract(`plane, ${items}`, async () => {
    const world = await createPlaneWorld({ items, roles: ['analyst', 'stream'] });
    const { person } = world;
    return {
      tracker: world.tracker,
      create: async ({ title, description }) => person.create({ name: title, description }),
      label: async (id, ...names) => person.label(id, ...names),
      comment: async (id, text) => person.comment(id, `<p>${text}</p>`),
      block: async (id, by) => void person.block(id, by),
      statusName: async (id) => world.statusOf(id),
      commentCount: async (id) => world.issueOf(id).comments.length,
      close: async () => {
        seen.push(...world.plane.exchanges);
        await world.close();
      },
    };
  });

describe('published description (OpenAPI)', () => {
  test('PLANE-4 every exchange with Plane is as described', ({ skip }) => {
    const description = loadPlaneDescription();
    if (!description) return skip('the published description is not on this machine');
    expect(seen.length).toBeGreaterThan(50);
    expect([...new Set(seen.flatMap((exchange) => deviations(description, exchange)))]).toEqual([]);
  });

  test('the check notices what the description does not know', ({ skip }) => {
    const description = loadPlaneDescription();
    if (!description) return skip('the published description is not on this machine');
    const path = '/api/v1/workspaces/acme/projects/p/work-items/';
    const exchange = { method: 'POST', path, query: [], headers: {}, status: 299, answered: null };
    expect(deviations(description, { ...exchange, sent: { name: 7, colour: 'red' } })).toHaveLength(3);
    expect(deviations(description, { ...exchange, sent: null, path: `${path}x/y/` })).toHaveLength(1);
  });
  afterAll(() => seen.splice(0));
});
