import type { ServedSha } from '../delivery/served-sha.ts';

/** What the engine itself found on the live staging server. */
export interface StagingCheck {
  ok: boolean;
  /** One line for people: exit code, failed probe, … */
  detail: string;
  /** What the server says it runs, judged against the SHA asked for (SHIP-25, SHIP-181). */
  served: ServedSha;
}

export interface StagingPort {
  /** The declared `check`, or without one the health probe, against the live server (SHIP-24, SHIP-25). */
  check(request: { sha: string; signal: AbortSignal }): Promise<StagingCheck>;
  /** Deploys a commit to staging with the hook's staging defaults; the image, where one was built (SHIP-21, SHIP-72). */
  deploy(request: {
    sha: string;
    image?: string;
    signal: AbortSignal;
  }): Promise<{ ok: boolean; detail: string }>;
}
