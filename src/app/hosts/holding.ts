import type { AgentRequest, AgentRun } from '../../agent/port.ts';
import type { HeldRun } from '../../processors/run-agent.ts';
import type { AnnouncedRun } from '../../queues/announcement.ts';
import { identify, isAlive } from '../../subprocess.ts';

/** The agent runs this process has in hand (REC-43). */
export interface Holding {
  hold(request: AgentRequest): HeldRun;
  runs(): AnnouncedRun[];
}

export interface HoldingDeps {
  /** Something began or ended. */
  changed: () => void;
  /** A child has ended. */
  ended: (run: AgentRun) => void;
  now: () => number;
}

export function createHolding({ changed, ended, now }: HoldingDeps): Holding {
  const runs = new Map<string, AnnouncedRun>();

  function hold({ runId, task, fence }: AgentRequest): HeldRun {
    const entry: AnnouncedRun = {
      ...{ runId, task, fence },
      child: null,
      alive: true,
      startedAt: now(),
      lastOutputAt: null,
      phase: 'preparing',
      exit: null,
    };
    runs.set(runId, entry);
    changed();
    return {
      spawned(pid) {
        entry.child = identify(pid);
        changed();
      },
      phase(name) {
        entry.phase = name;
        entry.lastOutputAt = now();
      },
      exited(run) {
        entry.exit = { code: run.exitCode, class: run.class, at: entry.exit?.at ?? now() };
        entry.phase = 'finalizing';
        ended(run);
        changed();
      },
      release() {
        runs.delete(runId);
        changed();
      },
    };
  }

  const look = (run: AnnouncedRun): AnnouncedRun => ({
    ...run,
    alive: run.child === null || isAlive(run.child),
  });
  return { hold, runs: () => [...runs.values()].map(look) };
}
