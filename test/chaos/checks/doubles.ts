import { type Evidence, repeated } from '../evidence.ts';
import type { Check } from './check.ts';

export const DOUBLES: readonly Check[] = [
  {
    counter: 'duplicateTransitions',
    asks: 'Did the database accept the same step of a task once only?',
    find: ({ witness }) =>
      repeated(
        witness
          .rows<{ key: string }>(
            `select task || ': ' || from_state || ' → ' || to_state || ' by ' || name || ' of attempt ' ||
             coalesce(json_extract(event, '$.target.attempt'), '?') as key
             from task_log where accepted = 1 and name = 'stage-settled'
             and json_extract(event, '$.target.attempt') is not null
             and substr(from_state, 1, instr(from_state, '#')) <> substr(to_state, 1, instr(to_state, '#'))`,
          )
          .map(({ key }) => key),
      ),
  },
  {
    counter: 'duplicateTransitions',
    asks: 'Did two agents ever work on one task at once? (The agents look themselves.)',
    find: ({ ledger }) =>
      ledger
        .filter(({ what }) => what === 'overlap')
        .map(({ wid, run, with: other }) => `${wid}: ${run} met the living pid ${other}`),
  },
  {
    counter: 'duplicateTransitions',
    asks: 'Is each piece of work in main once only?',
    find: ({ git }) =>
      ([0, 1] as const).flatMap((repo) =>
        repeated(
          git(repo, 'log', '--no-merges', '--format=%s', 'main')
            .split('\n')
            .filter((subject) => /\(run \S+\)$/.test(subject)),
        ).map((subject) => `main of repository ${repo + 1} has "${subject}" twice`),
      ),
  },
  {
    counter: 'duplicateMerges',
    asks: 'Was each pull request merged once, and one for each task?',
    find: (evidence) => [...mergedTwice(evidence), ...landedTwice(evidence)],
  },
  {
    counter: 'duplicateMerges',
    asks: 'Was each commit deployed once?',
    find: ({ house }) => repeated(house.production.deploys()).map((sha) => `${sha} was deployed twice`),
  },
  {
    counter: 'duplicateComments',
    asks: 'Does the board have each comment once?',
    find: ({ house }) =>
      house.servers.boards
        .flatMap(({ issues }) => issues)
        .flatMap(({ sequence_id, comments }) =>
          [
            ...repeated(comments.map(({ external_id }) => external_id ?? crypto.randomUUID())),
            // The same words again are in order in another attempt only.
            ...repeated(
              comments.map(({ external_id, comment_html }) => `${attemptOf(external_id)} ${comment_html}`),
            ),
          ].map((text) => `issue ${sequence_id}: ${text.slice(0, 160)}`),
        ),
  },
  {
    counter: 'duplicatePings',
    asks: 'Did the phone ring once for each cause?',
    find: (evidence) => {
      const rung = ringsOf(evidence);
      // A host whose disk was full twice is told of twice (AGENT-44).
      const allowed = (text: string) => (text.includes('not ready') ? fullDisksOf(evidence) : 1);
      return [...new Set(rung)]
        .filter((text) => rung.filter((other) => other === text).length > allowed(text))
        .map((text) => text.slice(0, 160));
    },
  },
];

/** Texts of the messages that made a sound. */
const ringsOf = ({ house }: Evidence): string[] =>
  house.servers.telegram.calls
    .of('sendMessage')
    .filter(({ answer, values }) => answer?.ok === true && values.disable_notification !== true)
    .map(({ values }) => String(values.text));

const fullDisksOf = ({ happened }: Evidence): number =>
  happened.filter(({ planned, injected }) => planned.kind.resource === 'disk' && injected !== null).length;

/** `comment:<task>:<stage>:<attempt>:<kind>…` (TRK-6). */
const attemptOf = (key: string | null): string => (key ?? '').split(':').slice(0, 4).join(':');

function mergedTwice({ house }: Evidence): string[] {
  const merges = house.servers.gitea.exchanges
    .filter(({ method, path, status }) => method === 'POST' && path.endsWith('/merge') && status === 200)
    .map(({ path }) => path);
  return repeated(merges).map((path) => `${path} succeeded twice`);
}

function landedTwice({ house, tasks }: Evidence): string[] {
  return tasks.flatMap(({ order, task }) => {
    const pulls = house.servers.gitea.repos[order.repo]?.pulls ?? [];
    const merged = pulls.filter((pull) => pull.merged && pull.head === task?.branch);
    return merged.length > 1 ? [`${task?.wid}: ${merged.length} merged pull requests`] : [];
  });
}
