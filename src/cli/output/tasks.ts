import type { TaskDetail, TaskSummary } from '../../http/control-api.ts';
import { plain, plainLine } from './text.ts';

/** Icon of a task in lists (VIEW-3). */
export function iconOf({ stage, waiting }: Pick<TaskSummary, 'stage' | 'waiting'>): string {
  if (stage === 'done') return '🎉';
  if (stage === 'cancelled') return '🛑';
  if (waiting === null) return '▶️';
  if (waiting.kind === 'blocked' || waiting.kind === 'hold') return '🚧';
  return waiting.owner === 'you' ? '🙋' : '⏳';
}

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
] as const;

/** Age in its largest unit: `4m`, `3h`, `2d`. */
export function ageOf(since: string, now: number): string {
  const ms = Math.max(0, now - Date.parse(since));
  const [unit, size] = UNITS.find(([, one]) => ms >= one) ?? ['s', 1000];
  return `${Math.floor(ms / size)}${unit}`;
}

/** Rows of a task table: icon, id, stage, what it waits for, age, title (VIEW-3). */
export const taskRows = (tasks: readonly TaskSummary[], now: number): string[][] =>
  tasks.map((task) => [
    iconOf(task),
    task.wid,
    task.stage,
    task.waiting?.kind ?? '',
    ageOf(task.waiting?.since ?? task.updated_at, now),
    plainLine(task.title),
  ]);

/** Label and value of everything known about one task, in the order people ask. */
export function taskFacts(task: TaskDetail, now: number): string[][] {
  const short = (sha: string | null): string => sha?.slice(0, 7) ?? '';
  const facts: [string, string][] = [
    ['project', task.repo],
    ['stage', `${task.stage}, attempt ${task.attempt}`],
    ['state', plainLine(task.waiting?.sentence ?? '')],
    ['waiting for', task.waiting === null ? '' : `${task.waiting.owner}, ${ageOf(task.waiting.since, now)}`],
    ['branch', plainLine(task.branch)],
    ['returns', task.bounces === 0 ? '' : String(task.bounces)],
    ['tested', short(task.tested_sha)],
    ['landed', task.merged ? `${short(task.landed_sha)}${landedNote(task)}` : ''],
    ['served', short(task.served_sha)],
    ['rolled back', task.rolled_back ? 'yes' : ''],
    ...Object.entries(task.links).map(([name, url]): [string, string] => [name, url ?? '']),
  ];
  return facts.filter(([, value]) => value !== '').map(([name, value]) => [`  ${name}`, value]);
}

const landedNote = ({ landed_tree_matches: matches }: TaskDetail): string =>
  matches === null ? '' : matches ? ', the tested tree' : ', NOT the tested tree';

const VERDICTS: Readonly<Record<string, string>> = { passed: '✓', failed: '✗' };

/** Gates in the order they were judged. */
export const gateRows = ({ gates }: TaskDetail): string[][] =>
  gates.map(({ gate, verdict, reason, stage, attempt }) => [
    `  ${VERDICTS[verdict] ?? '·'}`,
    gate,
    verdict,
    `${stage} ${attempt}`,
    plainLine(reason),
  ]);

/** Newest entries of the decision log, oldest of them first; repetitions are one row, duplicates are no news. */
export function historyRows({ history }: TaskDetail, last: number): string[][] {
  const news = history.filter(({ accepted, text }) => accepted || !text.startsWith('duplicate:'));
  const rows: { at: string; cells: string[]; times: number }[] = [];
  for (const { at, actor, event, accepted, text } of [...news].reverse()) {
    const cells = [plainLine(actor ?? ''), event, accepted ? plainLine(text) : `refused: ${plainLine(text)}`];
    const before = rows.at(-1);
    if (before && before.cells.join('\n') === cells.join('\n')) before.times += 1;
    else rows.push({ at, cells, times: 1 });
  }
  return rows.slice(-last).map(({ at, cells: [actor = '', event = '', text = ''], times }) => {
    const repeated = times === 1 ? '' : ` (${times} times)`;
    return [`  ${at.slice(0, 16).replace('T', ' ')}`, actor, event, text + repeated];
  });
}

/** The description as lines that cannot steer a terminal. */
export const descriptionLines = ({ description }: TaskDetail): string[] =>
  description.trim() === '' ? [] : plain(description.trim()).split('\n');
