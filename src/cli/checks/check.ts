import type { LoadedConfig } from '../../config/load.ts';
import type { HttpClient } from '../../http-client.ts';
import type { CliContext } from '../context.ts';
import type { Found } from './finding.ts';

/** What a check may look at without any settings. */
export type Machine = Pick<CliContext, 'env' | 'home' | 'host' | 'version' | 'commit'>;

/** What a check may look at. */
export interface Place extends Machine {
  loaded: LoadedConfig;
  http: HttpClient;
  /** Epoch ms. */
  now: () => number;
}

/** One thing that can be wrong; a row of `CHECKS`. */
export interface Check<From = Place> {
  /** One word, stable: scripts read it. */
  name: string;
  /** What it looks at, for people who have not run it yet. */
  about: string;
  /** What `--fix` does about it; absent where only a person can. */
  mends?: string;
  /** Looks and changes nothing; empty where it does not apply. A throw is a finding of its own. */
  look(from: From): Promise<readonly Found[]> | readonly Found[];
}
