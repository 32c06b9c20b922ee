import { afterAll, describe, expect, test } from 'vitest';
import { createGiteaForgeWorld } from '../support/forge/gitea.ts';
import { deviations, loadDescription } from '../support/gitea/open-api.ts';
import type { Exchange } from '../support/gitea/server.ts';
import type { Flavour } from '../support/gitea/state.ts';
import { forgeContract } from './forge.contract.ts';

const FLAVOURS: readonly Flavour[] = ['gitea-1.26', 'gitea-1.27', 'forgejo'];
const seen = new Map<Flavour, Exchange[]>();

for (const flavour of FLAVOURS)
  forgeContract(flavour, async () => {
    const world = await createGiteaForgeWorld({ flavour });
    const close = async () => {
      seen.set(flavour, [...(seen.get(flavour) ?? []), ...world.gitea.exchanges]);
      await world.close();
    };
    return { ...world, close };
  });

describe('published descriptions (OpenAPI)', () => {
  // Gitea 1.26 has no description of its own here: its one difference is the spelling Forgejo still has.
  test.for(['gitea-1.27', 'forgejo'] as const)(
    'FORGE-23 every exchange with %s is as described',
    (flavour, { skip }) => {
      const description = loadDescription(flavour);
      if (!description) return skip('the published description is not on this machine');
      const exchanges = seen.get(flavour) ?? [];
      expect(exchanges.length).toBeGreaterThan(20);
      expect([...new Set(exchanges.flatMap((exchange) => deviations(description, exchange)))]).toEqual([]);
    },
  );
  afterAll(() => seen.clear());
});
