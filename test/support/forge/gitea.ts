import { setTimeout as delay } from 'node:timers/promises';
import { createGiteaForge, type GiteaForgeOptions } from '../../../src/forge/gitea/gitea-forge.ts';
import { createHttpClient } from '../../../src/http-client.ts';
import { silentLogger } from '../../../src/log.ts';
import type { ForgeUnderTest } from '../../contracts/forge.contract.ts';
import { createFakeGitea, type FakeGitea, type FakeGiteaOptions } from '../gitea/server.ts';
import { gitFacts, pusher } from './local.ts';

export interface GiteaForgeWorld extends ForgeUnderTest {
  gitea: FakeGitea;
}

/** The Gitea adapter against a server of its own; waits are shortened. */
export async function createGiteaForgeWorld(
  server: FakeGiteaOptions = {},
  overrides: Partial<GiteaForgeOptions> = {},
): Promise<GiteaForgeWorld> {
  const gitea = await createFakeGitea(server);
  const forge = createGiteaForge({
    baseUrl: `${gitea.url}/`,
    publicUrl: 'https://git.example.test',
    token: gitea.token,
    owner: 'acme',
    repo: 'shop-api',
    main: 'main',
    ci: 'engine',
    autoCreatePr: true,
    http: createHttpClient({ userAgent: 'Orchestrator/0.0.0', timeoutMs: 2_000, sleep: () => delay(1) }),
    timeoutMs: 2_000,
    log: silentLogger(),
    now: () => Date.now(),
    sleep: () => delay(1),
    inMain: async () => false,
    ...overrides,
  });
  const { gitDir } = gitea.repo;
  return {
    ...gitFacts(gitDir),
    push: pusher(gitea.dir, gitDir),
    forge,
    main: 'main',
    gitea,
    close: gitea.close,
  };
}
