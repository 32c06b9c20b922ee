import type { Evidence } from './evidence.ts';
import type { House } from './house/house.ts';
import { causeOf, type Placed } from './people.ts';
import type { TaskRow } from './witness.ts';

type Seen = Placed & { task: TaskRow | null };
type Looks = Pick<Evidence, 'house' | 'people' | 'git'>;

/** What is missing for this task to be where it belongs; null when repository, board, chat and database agree. */
export function missingOf(one: Seen, looks: Looks): string | null {
  const { order, task } = one;
  if (task === null) return 'no task was ever made of it';
  const rule = ENDS[order.end];
  const status = looks.people.statusOf(one);
  const here = task.stage === rule.stage && (rule.activity === undefined || task.activity === rule.activity);
  if (!here) return `is ${task.stage}.${task.attempt} ${task.activity} ${causeOf(task)}, not ${order.end}`;
  if (status !== rule.status) return `the board shows ${status}, not ${rule.status}`;
  const landed = looks.git(order.repo, 'show', `main:${order.work.file}`);
  if (rule.lands !== landed.includes(order.work.text)) return `main ${rule.lands ? 'lacks' : 'has'} its note`;
  if (!cardSays(looks.house, task.wid, rule.card)) return `no card in the chat says ${rule.card}`;
  return rule.more(one as Placed & { task: TaskRow }, looks);
}

interface End {
  stage: string;
  activity?: string;
  status: string;
  lands: boolean;
  card: string;
  more: (one: Placed & { task: TaskRow }, looks: Looks) => string | null;
}

const ENDS: Readonly<Record<'done' | 'cancelled' | 'blocked', End>> = {
  done: {
    stage: 'done',
    status: 'Done',
    lands: true,
    card: 'DONE',
    more({ order, task }, { git, house }) {
      const { landedSha } = task.state as { landedSha?: string };
      const inMain = git(order.repo, 'merge-base', '--is-ancestor', String(landedSha), 'main');
      if (inMain !== '' || git(order.repo, 'cat-file', '-t', String(landedSha)) !== 'commit')
        return `${landedSha} is not in main`;
      if (order.repo === 0 && !house.production.deploys().includes(String(landedSha)))
        return `${landedSha} was never deployed`;
      return null;
    },
  },
  cancelled: {
    stage: 'cancelled',
    status: 'Cancelled',
    lands: false,
    card: 'STOPPED',
    more({ order, task }, { git }) {
      if (git(order.repo, 'rev-parse', '--verify', '--quiet', `refs/heads/${task.branch}`) !== '')
        return 'its branch is still there';
      const kept = git(
        order.repo,
        'for-each-ref',
        `refs/archive/${task.wid}`,
        `refs/tags/archive/${task.wid}`,
      );
      return kept === '' ? 'its work was not archived' : null;
    },
  },
  blocked: {
    stage: 'development',
    activity: 'blocked',
    status: 'Blocked',
    lands: false,
    card: 'BLOCKED',
    more: () => null,
  },
};

/** A card is found by the work item it names. */
function cardSays(house: House, wid: string, word: string): boolean {
  return house.servers.ada
    .messages(2000)
    .some(({ text = '' }) => text.includes(wid) && text.toUpperCase().includes(word));
}
