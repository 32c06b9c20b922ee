import type { CiState, CommitStatus, ForgeRead } from '../../forge/port.ts';
import { type Finding, findingsFingerprint, numberFindings } from '../../pipeline/findings.ts';
import type { GateResult } from '../../pipeline/verdict.ts';
import type { ChecksResult } from '../../workspace/checks.ts';
import type { GateInput } from '../gate.ts';
import { cannotVerify, failed, passed, pending } from '../results.ts';

/** One read of CI, and the engine's own run where that is the CI. */
export interface Reading {
  read: ForgeRead<CiState>;
  run?: ChecksResult;
}

/** What the reads so far amount to; travels from one read to the next as evidence. */
interface Progress {
  read: number;
  of: number;
  /** Epoch ms of the first read of this SHA. */
  since: number;
  /** Epoch ms since which the forge answers and knows no status; null while it could not be asked. */
  silentSince: number | null;
  sha: string;
}

/** The table of PIPE-70, row by row. */
export function judgeRead(reading: Reading, input: GateInput, now: number): GateResult {
  const { read, run } = reading;
  const progress = nextProgress(input, now);
  if (read.kind === 'not_found') {
    return cannotVerify(`Branch '${input.branch}' not found or no status`, { ...progress });
  }
  if (read.kind !== 'ok')
    return unfinished(`API error: ${read.reason}`, 'error', { progress, input, now, total: null });
  const { state, total, contexts } = read.value;
  const evidence = { ...progress, state, total, contexts, ...(run ? { run: runFacts(run) } : {}) };
  switch (state) {
    case 'success':
      return passed('CI green', evidence);
    case 'failure':
    case 'error':
      return failed(`CI state: ${state}`, { ...evidence, ...ciRefusal(input, contexts, run) });
    case 'warning':
    case 'skipped':
      if (input.settings.ci.acceptWarning) return passed('CI green', { ...evidence, accepted: state });
      return failed(`CI state: ${state}`, { ...evidence, ...ciRefusal(input, contexts, run) });
    default: {
      const waited = Math.round(
        (input.settings.ci.pollMaxAttempts * input.settings.ci.pollIntervalMs) / 1000,
      );
      return unfinished(`CI still pending after ${waited}s`, state, { progress, input, now, total });
    }
  }
}

/** Reads of another SHA do not count: CI is judged for exactly this one (FORGE-44). */
function nextProgress(input: GateInput, now: number): Progress {
  const before = input.previous as Partial<Progress> | null;
  const same = before?.sha === input.headSha;
  const since = (same ? before?.since : undefined) ?? now;
  return {
    read: (same ? (before?.read ?? 0) : 0) + 1,
    of: input.settings.ci.pollMaxAttempts,
    since,
    silentSince: same && before?.silentSince !== undefined ? before.silentSince : since,
    sha: input.headSha ?? '',
  };
}

interface Unfinished {
  progress: Progress;
  input: GateInput;
  now: number;
  /** Number of statuses seen; null when the read itself failed. */
  total: number | null;
}

function unfinished(
  exhausted: string,
  state: string,
  { progress, input, now, total }: Unfinished,
): GateResult {
  const { ci } = input.settings;
  // A forge that was away has not been silent (FORGE-105).
  const silentSince = total === null ? null : (progress.silentSince ?? now);
  const waitedMs = now - progress.since;
  const minutes = Math.round(waitedMs / 60_000);
  const facts = waitFacts(progress.sha, total, silentSince);
  const evidence = { ...progress, silentSince, state, total, minutes, wait: 'ci', facts };
  if (total === 0 && now - (silentSince ?? now) >= ci.missingMs) {
    const reason = `no CI run for ${progress.sha.slice(0, 7)}: is CI enabled for pushes by the bot user?`;
    return cannotVerify(reason, { ...evidence, cause: 'ci-silent' });
  }
  if (waitedMs >= ci.maxWaitMs) return cannotVerify(exhausted, { ...evidence, cause: 'ci-timeout' });
  if (progress.read >= progress.of) return pending(exhausted, evidence);
  const reason = `attempt ${progress.read}/${progress.of}, state=${state}, retrying in ${ci.pollIntervalMs / 1000}s`;
  return pending(reason, { ...evidence, retryInMs: ci.pollIntervalMs });
}

/** What the waiting sentence and its deadline are told (PIPE-45). */
const waitFacts = (sha: string, total: number | null, silentSince: number | null) => ({
  sha,
  ...(total === null ? {} : { total }),
  ...(silentSince === null ? {} : { silentSince }),
});

const runFacts = (run: ChecksResult) => ({
  command: run.command,
  exitCode: run.exitCode,
  durationMs: run.durationMs,
  tests: run.tests ?? null,
  coverage: run.coverage ?? null,
  logPath: run.logPath,
});

/** Failing contexts with URL and log tail, verbatim (AGENT-11). */
function ciRefusal(input: GateInput, contexts: readonly CommitStatus[], run: ChecksResult | undefined) {
  const bad = contexts.filter((context) => context.state !== 'success' && context.state !== 'pending');
  const texts = run
    ? [`${run.command}: ${run.reason}\n${run.tail}`]
    : bad.map(({ context, state, description, url }) =>
        [context, state, description, url].filter(Boolean).join(' · '),
      );
  const findings = numberFindings(
    'CI',
    input.attempt,
    texts.length > 0 ? texts : ['CI failed without a context'],
  );
  return {
    findings,
    verbatim: texts.join('\n\n'),
    fingerprint: findingsFingerprint(withoutDurations(findings)),
  };
}

/** Two red runs with the same output differ in their times only; that is no progress (PIPE-40). */
export const withoutDurations = (findings: readonly Finding[]): Finding[] =>
  findings.map((finding) => ({
    ...finding,
    text: finding.text.replace(/\b\d{1,2}:\d{2}(?::\d{2})?\b|\b\d+(?:\.\d+)?\s?(?:ms|s|min)\b/g, ''),
  }));
