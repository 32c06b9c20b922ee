import type { Effect, EffectKind } from '../../src/pipeline/effects.ts';
import type {
  CommandArgs,
  Event,
  Fact,
  FactData,
  FactEvent,
  StepResult,
  Target,
  TaskCommand,
} from '../../src/pipeline/events.ts';
import { remainingSteps } from '../../src/pipeline/plan.ts';
import type { Policy } from '../../src/pipeline/policy.ts';
import type { Decision } from '../../src/pipeline/ports.ts';
import type { TaskState } from '../../src/pipeline/task.ts';
import { transition } from '../../src/pipeline/transition.ts';
import { newTask, owner, policyOf } from '../support/machine.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const sha = (letter: string): string => letter.repeat(40);

interface Words {
  text?: string;
  target?: Partial<Target>;
  args?: CommandArgs;
  role?: 'viewer' | 'operator' | 'owner';
  surface?: 'chat' | 'label' | 'tracker';
}

/** One task and the hands around it: every call is one event; what came of the last one can be read. */
export class Play {
  task: TaskState;
  policy: Policy;
  at = 1_000;
  last: Decision = { ok: false, reason: 'not_waiting', message: '' };
  effects: readonly Effect[] = [];

  constructor(change: Parameters<typeof policyOf>[0] = {}, task: Partial<TaskState> = {}) {
    this.policy = policyOf(change);
    this.task = { ...newTask(this.at), ...task };
  }

  apply(event: Event): this {
    this.at += 1;
    this.last = transition(this.task, event, this.policy);
    this.effects = this.last.ok ? this.last.effects : [];
    if (this.last.ok) this.task = this.last.task;
    return this;
  }

  command(name: TaskCommand, words: Words = {}): this {
    const { text, target, args, role = 'owner', surface = 'chat' } = words;
    const actor = { ...owner, role, surface };
    const base = { kind: 'command', name, key: `${name}-${this.task.version}`, at: this.at, actor } as const;
    return this.apply({
      ...base,
      target: { task: 1, ...target },
      ...(text === undefined ? {} : { text }),
      ...(args === undefined ? {} : { args }),
    });
  }

  fact<F extends Fact>(name: F, data: FactData[F], target: Partial<Target> = {}): this {
    const event = { kind: 'fact', name, data, key: `${name}-${this.task.version}`, at: this.at };
    return this.apply({ ...event, target: { task: 1, ...target } } as FactEvent);
  }

  /** Ends the present publication: every step passes but the named ones. */
  settle(...odd: (Partial<StepResult> & { step: string })[]): this {
    const steps: StepResult[] = [];
    for (const step of remainingSteps(this.task, this.policy.project)) {
      const found = odd.find((result) => result.step === step);
      steps.push({ outcome: 'passed', reason: `${step} said`, evidence: provenBy(step), ...found, step });
      if (steps.at(-1)?.outcome !== 'passed') break;
    }
    const { stage, attempt, fence } = this.task;
    return this.fact('stage-settled', { steps }, { stage, attempt, fence });
  }

  agent(change: Partial<FactData['agent-result']> = {}): this {
    const none = { usage: null, sessionId: null, exitCode: 0, logTail: '', restored: [], archiveRef: null };
    const shas = { startSha: sha('a'), headSha: sha('c'), codeChanged: true, resumeAt: null };
    return this.fact('agent-result', {
      run: 1,
      class: 'finished',
      reason: 'said',
      ...none,
      ...shas,
      ...change,
    });
  }

  timer(): this {
    const { activity } = this.task;
    if (activity.kind !== 'ended') this.at = Math.max(this.at, activity.deadline);
    return this.fact('timer', {});
  }

  /** Walks to the first state of a stage on the happy path. */
  to(stage: TaskState['stage']): this {
    this.command('start');
    for (let step = 0; step < 30 && this.task.stage !== stage; step += 1) {
      if (this.task.activity.kind === 'approval') this.command('approve');
      else if (this.task.activity.kind === 'confirm') this.command('confirm-deploy');
      else this.settle();
    }
    if (this.task.stage !== stage) throw new Error(`never came to ${stage}: ${this.place}`);
    return this;
  }

  get place(): string {
    const { stage, attempt, activity } = this.task;
    const cause = activity.kind === 'blocked' || activity.kind === 'hold' ? ` ${activity.cause}` : '';
    return `${stage}#${attempt} ${activity.kind}${cause}`;
  }

  /** Reason of a refusal, or where the task is. */
  get answer(): string {
    return this.last.ok ? this.place : this.last.reason;
  }

  of<K extends EffectKind>(kind: K): Extract<Effect, { kind: K }>[] {
    return this.effects.filter((effect): effect is Extract<Effect, { kind: K }> => effect.kind === kind);
  }

  get pings(): string[] {
    return this.of('ping').map(({ ping }) => ping);
  }
}

const PROOF: Readonly<Record<string, Record<string, unknown>>> = {
  prepare: { prepared: true, headSha: sha('a') },
  agent: { headSha: sha('c') },
  'gate.branch_mergeable': { testedSha: sha('e'), testedTree: sha('f'), baseSha: sha('b') },
  merge: { landedSha: sha('d'), landedTree: sha('f'), landedMatches: true },
  'finalize-deploy': { servedSha: sha('d') },
};
const provenBy = (step: string): Record<string, unknown> => PROOF[step] ?? {};

/** A new play that already stands at a stage. */
export const at = (stage: TaskState['stage'], change: Parameters<typeof policyOf>[0] = {}): Play =>
  new Play(change).to(stage);
