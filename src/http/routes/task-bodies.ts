import { z } from 'zod';
import type { CommandArgs } from '../../pipeline/events.ts';
import { GATES, STAGES } from '../../pipeline/stages.ts';

const MAX_TEXT = 100_000;

/** Body of `POST /tasks` (TRK-12). */
export const NewTaskBody = z.strictObject({
  project: z.string().min(1),
  title: z.string().max(1000),
  description: z.string().max(MAX_TEXT).default(''),
  labels: z.array(z.string().min(1)).default([]),
  blocked_by: z.array(z.string().min(1)).default([]),
  start: z.boolean().default(true),
});

/**
 * Body of `POST /tasks/<wid>/<command>`: the keys of REC-140, and what single commands need beside them.
 * `on` is the switch of `auto`, or the work item of `depend`.
 */
export const CommandBody = z.strictObject({
  text: z.string().max(MAX_TEXT).optional(),
  sha: z
    .string()
    .regex(/^[0-9a-f]{7,64}$/i, { error: 'expected a commit id of 7 to 64 hex digits' })
    .optional(),
  stage: z.enum(STAGES).optional(),
  attempt: z.int().min(1).optional(),
  gate: z.enum(GATES).optional(),
  cap: z.enum(['attempt', 'task', 'day']).optional(),
  usd: z.number().positive().optional(),
  on: z.union([z.boolean(), z.string().min(1)]).optional(),
  auto: z.enum(['approve', 'deploy']).optional(),
  remove: z.boolean().optional(),
  at: z
    .union([z.int().min(0), z.iso.datetime({ offset: true }).transform((text) => Date.parse(text))])
    .optional(),
});
export type CommandBody = z.infer<typeof CommandBody>;

/** The arguments of the engine's command; keys a command does not read are harmless. */
export function argsOf({ gate, cap, usd, on, auto, remove, at }: CommandBody): CommandArgs {
  return {
    ...(gate === undefined ? {} : { gate }),
    ...(cap === undefined ? {} : { cap }),
    ...(usd === undefined ? {} : { usd }),
    ...(at === undefined ? {} : { at }),
    ...(auto === undefined ? {} : { auto }),
    ...(typeof on === 'boolean' ? { on } : {}),
    ...(typeof on === 'string' ? { dependency: { on, remove: remove ?? false } } : {}),
  };
}

/** What the person was shown. */
export function targetOf({ sha, stage, attempt }: CommandBody) {
  return {
    ...(sha === undefined ? {} : { sha: sha.toLowerCase() }),
    ...(stage === undefined ? {} : { stage }),
    ...(attempt === undefined ? {} : { attempt }),
  };
}
