import { gateOfStep } from '../pipeline/plan.ts';
import type { RunView, VerdictRecord } from '../pipeline/view.ts';
import type { Line } from './markup.ts';
import type { Texts } from './texts.ts';

const PATHS_SHOWN = 5;

/** The newest verdict of every gate, in the order they were first asked. */
function newestOf(verdicts: readonly VerdictRecord[]): VerdictRecord[] {
  const newest = new Map<string, VerdictRecord>();
  for (const verdict of verdicts) if (gateOfStep(verdict.step) !== null) newest.set(verdict.step, verdict);
  return [...newest.values()];
}

const strings = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];

const someOf = (paths: readonly string[]): string =>
  paths.slice(0, PATHS_SHOWN).join(', ') + (paths.length > PATHS_SHOWN ? ', …' : '');

/** What a person should know before saying yes: untested, not audited, switched off, delivery rules changed (SHIP-80, SHIP-2). */
function warnings({ evidence, step }: VerdictRecord, texts: Texts): string[] {
  const gate = step.slice('gate.'.length);
  const rules = strings(evidence.changesDeliveryRules);
  const migrations = strings(evidence.migrations);
  return [
    ...(typeof evidence.off === 'string' ? [texts.t('note-gate-off', { gate })] : []),
    ...(evidence.untested === true ? [texts.t('confirm-untested')] : []),
    ...(rules.length > 0 ? [texts.t('confirm-delivery-rules', { paths: someOf(rules) })] : []),
    ...(migrations.length > 0 ? [texts.t('confirm-migrations', { paths: someOf(migrations) })] : []),
    ...strings(evidence.warnings).map((reason) => texts.t('confirm-unavailable', { reason })),
  ];
}

/** Gate summary, warnings and what runs now, below a confirm request (SHIP-80). */
export function confirmLines(view: RunView, texts: Texts): Line[] {
  const verdicts = newestOf(view.verdicts);
  const gates = verdicts.filter(
    ({ outcome, evidence }) => outcome === 'passed' && evidence.off === undefined,
  );
  const names = gates.map(({ step }) => step.slice('gate.'.length)).join(', ');
  const running = view.previousServedSha?.slice(0, 7);
  return [
    ...(names === '' ? [] : [texts.t('confirm-gates', { gates: names })]),
    ...verdicts.flatMap((verdict) => warnings(verdict, texts)),
    ...(running === undefined ? [] : [texts.t('confirm-running', { sha7: running })]),
  ].map((text): Line => [text]);
}
