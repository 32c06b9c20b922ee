import type { DemoState } from '../demo-state.ts';

export interface Run {
  stage: string;
  class: string | null;
  host: string | null;
}

/** Who did what of a task, as the database of control has it. */
export const recordsOf = (state: () => DemoState) => ({
  runs: (task: number): Run[] =>
    state().rows<Run>('select stage, class, host from runs where task = ? order by id', task),
  /** Who judged each gate of a task that passed. */
  judges: (task: number): Record<string, string> =>
    Object.fromEntries(
      state()
        .rows<{ step: string; host: string }>(
          `select step, json_extract(evidence, '$.host') as host from verdicts
           where task = ? and step like 'gate.%' and outcome = 'passed'`,
          task,
        )
        .map(({ step, host }) => [step.slice('gate.'.length), host]),
    ),
  /** Everything a failure should show of a task. */
  all: (task: number): string =>
    JSON.stringify([
      state().rows('select stage, activity, state from tasks where id = ?', task),
      state().rows(
        `select step, outcome, reason, json_extract(evidence, '$.host') as host from verdicts where task = ?`,
        task,
      ),
      state().rows('select stage, class, host from runs where task = ?', task),
      state().deployLog('shop-staging').slice(-20),
    ]),
});
