import type { TaskSummary } from '../http/control-api.ts';
import type { ControlClient } from '../http/control-client.ts';

/** `GET /status` as far as the command line shows it. */
export interface StatusBlock {
  version: string;
  commit: string | null;
  /** Null when no control process runs. */
  instance: string | null;
  staging: boolean;
  uptime_s: number | null;
  paused: boolean;
  active_tasks: readonly TaskSummary[];
}

/** `GET /queue` as far as the command line shows it; a block that failed is `{error}`. */
export interface QueueBlock {
  counts?: Readonly<Record<string, number>>;
  max_concurrency?: number;
  freezes?: readonly { repo?: string; scope?: string; reason?: string; by?: string }[];
  recent?: readonly {
    id?: string;
    agent?: string;
    repo?: string;
    status?: string;
    stage?: string;
    attempt?: number;
  }[];
  [block: string]: unknown;
}

/** What commands that only read ask for, of a running system or of its database. */
export interface Reading extends Pick<ControlClient, 'listTasks' | 'showTask' | 'taskLog'> {
  status(): Promise<StatusBlock>;
  queue(): Promise<QueueBlock>;
}
