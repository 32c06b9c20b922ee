import { AIMS } from './fault.ts';
import { FAST } from './house/settings.ts';
import { KINDS } from './kinds/index.ts';
import type { Outcome } from './run.ts';
import type { Happened } from './storm.ts';

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

/** What happened, for people: every fault and what the system did, then the questions and their answers. */
export function reportOf({ line, findings, evidence, tookMs }: Outcome): string {
  const { happened, people, tasks } = evidence;
  const hit = happened.filter(({ injected }) => injected !== null);
  return [
    `Chaos with seed ${line.seed}: ${line.faults} faults, ${line.tasks} tasks, ${seconds(tookMs)}`,
    '',
    'Three processes (control, two workers), two repositories, scripted agents; Plane, Gitea and Telegram as servers of the tests.',
    `Fast settings: ${Object.entries(FAST)
      .map(([key, value]) => `${key}=${value}`)
      .join(' ')}`,
    '',
    '## Kinds of faults',
    '',
    ...KINDS.map((kind) =>
      kindLine(
        kind.name,
        kind.how,
        kind.heals,
        hit.filter(({ planned }) => planned.kind.name === kind.name),
        kind.boundMs,
      ),
    ),
    '',
    '## Every fault',
    '',
    ...happened.map(faultLine),
    '',
    '## What people did',
    '',
    ...[...people.deeds].map(([deed, times]) => `- ${deed}: ${times}`),
    '',
    '## What became of the tasks',
    '',
    ...tasks.map(
      ({ order, task }) =>
        `- ${order.n}. ${task?.wid ?? '?'}: ${task?.stage ?? 'nothing'} (expected: ${order.end}; by ${order.voice})`,
    ),
    '',
    '## The questions',
    '',
    ...findings.flatMap(({ counter, asks, complaints }) => [
      `- ${asks} (${counter}): ${complaints.length === 0 ? 'yes' : `NO, ${complaints.length}`}`,
      ...complaints.map((complaint) => `    ${complaint}`),
    ]),
    '',
  ].join('\n');
}

function kindLine(
  name: string,
  how: string,
  heals: string,
  hit: readonly Happened[],
  boundMs: number | null,
): string {
  const noticed = hit.map(({ noticedMs }) => noticedMs).filter((ms) => ms !== null);
  const bound =
    boundMs === null
      ? ''
      : `; noticed within ${seconds(Math.max(0, ...noticed))} at most, bound ${seconds(boundMs)}`;
  const aims = AIMS.filter((stage) => hit.some(({ aim }) => aim === stage));
  const met = aims.length === 0 ? '' : `; met tasks entering ${aims.join(', ')}`;
  return `- ${name}, ${hit.length} times: ${how}. Healed ${heals}${bound}${met}`;
}

function faultLine({ planned, injected, atMs, aim: met, noticedMs }: Happened): string {
  const when = `${seconds(atMs).padStart(8)}  ${planned.kind.name}`;
  if (injected === null) return `${when}: nothing to hit`;
  const aim = met === null ? '' : ` as a task entered ${met}`;
  const then = noticedMs === null ? '' : `; acted on after ${seconds(noticedMs)}`;
  return `${when}${aim}: ${injected.what}${then}`;
}

/** The report without the list of every fault. */
export function summaryOf(outcome: Outcome): string {
  const text = reportOf(outcome);
  const [before = '', after = ''] = text.split('## Every fault');
  return `${before}${after.slice(after.indexOf('## What people did'))}`;
}
