import {
  GATE_RULES,
  GATES,
  type GateFailure,
  type GateName,
  type GateRule,
  STAGE_RULES,
  type StageRule,
  type WorkStage,
} from './stages.ts';
import { WAITING_KINDS, WAITING_RULES } from './waiting.ts';

const STAGE_LIST = Object.entries(STAGE_RULES) as [WorkStage, StageRule][];
const code = (text: string): string => `\`${text}\``;
const list = (names: readonly string[]): string => names.map(code).join(', ') || '–';

function failureWords(failure: GateFailure | null): string {
  if (failure === null) return '–';
  if (failure.do === 'bounce') return `bounce (${failure.cause}): back to the developer`;
  if (failure.do === 'return') return `return to ${code(failure.to)}`;
  return `blocked ${code(failure.cause)}${failure.at ? ` at ${code(failure.at)}` : ''}`;
}

const wiredTo = (gate: GateName): string =>
  list(STAGE_LIST.filter(([, { gates }]) => gates.includes(gate)).map(([stage]) => stage));

function stageTable(): string[] {
  const row = ([stage, rule]: [WorkStage, StageRule]): string => {
    const steps = rule.steps.map(({ step, when }) => (when ? `${code(step)} (${when})` : code(step)));
    const asks = rule.entry === 'confirm' ? 'confirmation, then ' : '';
    const cells = [code(stage), rule.role, asks + steps.join(', '), list(rule.gates), code(rule.next)];
    return `| ${[...cells, code(rule.previous)].join(' | ')} |`;
  };
  return [
    '| stage | role | steps | gates, in order | next | a reject leads to |',
    '|---|---|---|---|---|---|',
  ].concat(STAGE_LIST.map(row));
}

/** By what judging a gate takes (REC-10). */
const WHERE: Readonly<Record<GateRule['needs'], string>> = {
  git: 'any host with the role `gates`',
  control: 'the control process',
};

function gateTable(): string[] {
  const row = (gate: GateName): string => {
    const rule = GATE_RULES[gate];
    const pending = rule.human ?? rule.pending;
    const cells = [code(gate), wiredTo(gate), failureWords(rule.failed), pending ? code(pending) : '–'];
    const where = rule.human ? 'a person' : WHERE[rule.needs];
    return `| ${[...cells, rule.overridable ? 'yes' : 'no', where].join(' | ')} |`;
  };
  return [
    '| gate | stage | on `failed` | waits as | an owner may override | judged by |',
    '|---|---|---|---|---|---|',
  ].concat(GATES.map(row));
}

function waitTable(): string[] {
  const row = (kind: (typeof WAITING_KINDS)[number]): string =>
    `| ${code(kind)} | ${WAITING_RULES[kind].owner} | ${WAITING_RULES[kind].onDeadline} |`;
  return ['| wait | owner | at its deadline |', '|---|---|---|'].concat(WAITING_KINDS.map(row));
}

const node = (stage: string): string => stage.replaceAll('-', '_');

function diagram(): string[] {
  const edges = new Set<string>(['  [*] --> analysis: start']);
  for (const [stage, rule] of STAGE_LIST) {
    edges.add(`  ${node(stage)} --> ${node(rule.next)}`);
    for (const gate of rule.gates) {
      const failure = GATE_RULES[gate].failed;
      if (failure?.do === 'bounce') edges.add(`  ${node(stage)} --> development: bounce`);
      if (failure?.do === 'return') edges.add(`  ${node(stage)} --> ${node(failure.to)}: conflict`);
      if (failure?.do === 'block' && failure.at)
        edges.add(`  ${node(stage)} --> ${node(failure.at)}: ${failure.cause}`);
    }
  }
  return ['```mermaid', 'stateDiagram-v2', ...edges, '  done --> [*]', '  cancelled --> [*]', '```'];
}

/** The machine's tables as a page for people; rendered into `docs/reference/stages.md` and compared (PIPE-8). */
export function renderStages(): string {
  return [
    '# Stages, gates and waits',
    '',
    'The data of the state machine: `src/pipeline/stages.ts` and `src/pipeline/waiting.ts`.',
    '',
    ...diagram(),
    '',
    'Not drawn: a reject leads to the previous stage (the table), a stop leads from every stage to `cancelled`.',
    '',
    '## Stages',
    '',
    ...stageTable(),
    '',
    '## Gates',
    '',
    'Every gate answers `passed`, `failed`, `needs-input`, `pending`, `no-verdict`, `stale` or `cannot-verify`; only',
    '`passed` goes on. `no-verdict` and `stale` ask the author again once, `cannot-verify` blocks.',
    '',
    ...gateTable(),
    '',
    '## Waits',
    '',
    ...waitTable(),
    '',
  ].join('\n');
}
