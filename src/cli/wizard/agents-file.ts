import type { Ecosystem } from './ecosystems.ts';
import type { ProposedEntry } from './proposal.ts';
import type { FoundRepository } from './repository.ts';

const HIDDEN = /^\.|^node_modules$|^LICENSE/i;
const MOST_NAMES = 20;

/** First sentence a reader gets: the first line of prose of the README. */
function aboutOf({ sight }: FoundRepository): string {
  const readme = sight.names.find((name) => /^README(\.|$)/i.test(name));
  const lines = (readme === undefined ? '' : (sight.read(readme) ?? '')).split('\n');
  const prose = lines.map((line) => line.trim()).find((line) => /^[A-Za-z0-9]/.test(line));
  return prose ?? 'What this project is and for whom: one sentence, to be written by somebody who knows.';
}

/**
 * The file in which agents read what they must know of a project; the reviewer keeps it true. Only what was seen is
 * stated, everything else is left to be filled in.
 */
export function renderAgentsFile(found: FoundRepository, ecosystem: Ecosystem, entry: ProposedEntry): string {
  const names = found.sight.names.filter((name) => !HIDDEN.test(name)).slice(0, MOST_NAMES);
  const row = (what: string, command: unknown) =>
    `| ${what} | ${typeof command === 'string' && command !== 'none' ? `\`${command}\`` : 'none yet'} |`;
  return `${[
    `# ${entry.repo}, for agents`,
    '',
    aboutOf(found),
    '',
    '## Commands',
    '',
    '| to | run |',
    '|---|---|',
    row('prepare a fresh clone', entry.setup),
    row('check everything', entry.checks),
    '',
    '## Layout',
    '',
    `${ecosystem.name === 'unknown' ? 'Top level' : `${ecosystem.name}; top level`}: ${names.map((name) => `\`${name}\``).join(', ')}.`,
    '',
    '## Rules',
    '',
    '- A change comes with its test, and with the documentation it makes untrue.',
    '- Nothing is added to the dependencies without a reason in the work item.',
    '- Secrets never enter the repository, not in tests either.',
    '- `docs/work-items/` holds the papers of past work items; they are not edited afterwards.',
    '- Who finds this file untrue mends it in the same change.',
  ].join('\n')}\n`;
}
