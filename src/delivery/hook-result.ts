import { z } from 'zod';

/** What the wrapper writes when the hook has ended (SHIP-121, SHIP-117). Times are UTC, ISO 8601. */
export const HookResult = z.object({
  deploy_id: z.string(),
  sha: z.string(),
  mode: z.enum(['deploy', 'rollback']),
  exit_code: z.int(),
  started_at: z.string(),
  finished_at: z.string(),
  rolled_back: z.boolean(),
  rollback_safe: z.boolean(),
  rollback_reason: z.string().default(''),
  release: z.string().default(''),
  log_tail: z.string(),
});
export type HookResult = z.infer<typeof HookResult>;

/** What `<deploy-id>.started` says. */
export const HookStarted = z.object({
  deploy_id: z.string(),
  pid: z.int().positive(),
  boot_id: z.string(),
  started_at: z.string(),
});
export type HookStarted = z.infer<typeof HookStarted>;

export type ReadResult = { use: HookResult } | { ignored: string } | null;

/**
 * Reads a result file. One that belongs to another deploy or commit, or that is not a result, is ignored with
 * the reason to log (SHIP-125); null when there is none.
 */
export function readHookResult(text: string | null, expected: { deployId: string; sha: string }): ReadResult {
  if (text === null) return null;
  const parsed = HookResult.safeParse(parse(text));
  if (!parsed.success) return { ignored: 'the result file is not a hook result' };
  const { deploy_id: id, sha } = parsed.data;
  if (id !== expected.deployId) return { ignored: `the result belongs to deploy ${id}` };
  if (sha !== expected.sha) return { ignored: `the result belongs to commit ${sha}` };
  return { use: parsed.data };
}

/** Reads a `started` file; null when there is none or it is still being written. */
export function readHookStarted(text: string | null): HookStarted | null {
  return HookStarted.safeParse(parse(text ?? '')).data ?? null;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
