import { setTimeout as delay } from 'node:timers/promises';
import type { GiteaHouse } from './gitea-house.ts';

export interface ForgeCi {
  /** While true nothing is reported; what was pushed meanwhile is reported afterwards. */
  held: boolean;
  stop(): Promise<void>;
}

/** The forge's own CI: green, a moment later, for whatever is pushed to a task branch. */
export function runForgeCi({ gitea, person }: Pick<GiteaHouse, 'gitea' | 'person'>): ForgeCi {
  let going = true;
  const ci: ForgeCi = {
    held: false,
    async stop() {
      going = false;
      await loop;
    },
  };
  const seen = new Set<string>();
  const turn = async () => {
    for (const { name, sha } of await gitea.repo.branches()) {
      if (name === 'main' || seen.has(sha) || ci.held) continue;
      if ((await person('POST', `statuses/${sha}`, { context: 'build', state: 'success' })) === 201)
        seen.add(sha);
    }
  };
  const loop = (async () => {
    while (going) {
      await turn().catch(() => undefined);
      await delay(200);
    }
  })();
  return ci;
}
