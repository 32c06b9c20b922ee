import { z } from 'zod';
import { StepOutcome } from './catalog.ts';

/** A process for certain: the pid alone is used again, hosts reboot (REC-60). */
const Identity = z.object({ pid: z.number(), startTime: z.string(), bootId: z.string() });

/** A run that a worker has in hand (REC-43). */
export const AnnouncedRun = z.object({
  runId: z.string(),
  task: z.number(),
  fence: z.number(),
  /** The child, whose process group has the same number; null before it lives. */
  child: Identity.nullable(),
  /** False once exactly this child is gone, whatever its worker waits for. */
  alive: z.boolean(),
  startedAt: z.number(),
  lastOutputAt: z.number().nullable(),
  phase: z.string(),
  /** Set as soon as the child has ended; its work is being pushed then (REC-65). */
  exit: z.object({ code: z.number().nullable(), class: z.string(), at: z.number() }).nullable(),
});
export type AnnouncedRun = z.infer<typeof AnnouncedRun>;

/** A result that control has not acknowledged yet (REC-44). */
export const OfferedResult = z.object({
  runId: z.string(),
  task: z.number(),
  stage: z.string(),
  attempt: z.number(),
  generation: z.number(),
  fence: z.number(),
  result: StepOutcome,
});
export type OfferedResult = z.infer<typeof OfferedResult>;

/** What every worker says of itself every 15 s, and whenever something begins or ends (REC-43). */
export const Announcement = z.object({
  v: z.literal(1),
  /** Unique for this process. */
  worker: z.string(),
  /** `ORCH_WORKER_NAME`. */
  name: z.string(),
  process: Identity.nullable(),
  roles: z.array(z.string()),
  labels: z.array(z.string()),
  capacity: z.number(),
  version: z.string(),
  /** Newest payload it reads (REC-172). */
  payload: z.number(),
  preflight: z.object({
    ok: z.boolean(),
    detail: z.string(),
    /** Why it claims no model jobs, and what to do (AGENT-44). */
    problem: z.object({ cause: z.string(), reason: z.string(), fix: z.string() }).optional(),
  }),
  /** Its own clock; only the difference to control's is looked at (REC-184). */
  at: z.number(),
  runs: z.array(AnnouncedRun),
  results: z.array(OfferedResult),
  /** Runs that an earlier process of its host had in hand when it died, and that are ended (REC-63). */
  lost: z.array(z.string()).default([]),
  /** It goes away in order and comes back as another worker. */
  leaving: z.boolean().optional(),
});
export type Announcement = z.infer<typeof Announcement>;

/** What control says to workers: announce now, claim nothing any more, or a result or a loss has arrived. */
export const Order = z.union([
  z.object({ kind: z.literal('announce') }),
  z.object({ kind: z.literal('stand-down'), worker: z.string(), reason: z.string() }),
  z.object({ kind: z.literal('acknowledged'), worker: z.string(), runIds: z.array(z.string()) }),
]);
export type Order = z.infer<typeof Order>;
