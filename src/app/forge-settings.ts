import type { Config } from '../config/schema.ts';
import type { ForgesOptions } from '../forge/forges.ts';
import type { LocalForgeStore } from '../forge/local/store.ts';
import type { HttpClient } from '../http-client.ts';
import type { Logger } from '../log.ts';
import type { Workspace } from '../workspace/workspace.ts';

export interface ForgeSettingsDeps {
  config: Config;
  /** PATH of git. */
  path: string;
  redact: (text: string) => string;
  forgeStore: LocalForgeStore;
  http: HttpClient;
  /** Built after the forges; asked only when a merge looks at main. */
  workspace: () => Workspace;
  now: () => number;
  sleep: (ms: number) => Promise<void>;
  log: Logger;
}

const S = 1000;

/** How the forges room is set up in this installation (FORGE-1, FORGE-20). */
export function forgesOptionsOf(deps: ForgeSettingsDeps): ForgesOptions {
  const { config, path, redact, forgeStore: store, now } = deps;
  const { forge } = config;
  const gitea = giteaOptions(deps);
  return {
    local: {
      forgeDir: forge.forgeDir,
      path,
      timeouts: { cloneMs: forge.gitCloneTimeoutS * S, readMs: forge.gitTimeoutS * S },
      identity: { name: forge.gitAuthorName, email: forge.gitAuthorEmail },
      store,
      redact,
      now,
    },
    ...(gitea ? { gitea } : {}),
    inMain: async (project, sha) => {
      const { mirror } = deps.workspace().open(project);
      try {
        await mirror.fetch();
        const main = await mirror.head(project.baseBranch);
        return main !== null && (await mirror.isAncestor(sha, main));
      } catch {
        // Not known is not proven (FORGE-105).
        return false;
      }
    },
  };
}

function giteaOptions({ config, http, now, sleep, log }: ForgeSettingsDeps): ForgesOptions['gitea'] {
  const {
    giteaUrl: baseUrl,
    giteaPublicUrl,
    giteaToken: token,
    giteaOwner: owner,
    giteaTimeoutS,
  } = config.forge;
  if (baseUrl === undefined || token === undefined) return undefined;
  return {
    baseUrl,
    publicUrl: giteaPublicUrl ?? baseUrl,
    token,
    owner,
    autoCreatePr: config.merge.verifyAutocreatePrEnabled,
    http,
    timeoutMs: giteaTimeoutS * S,
    log,
    now,
    sleep,
  };
}
