import { type Ask, type Outcome, say, USAGE } from '../ask.ts';
import type { Command } from '../command.ts';
import { chooseProject, NO_PROJECT, visible } from '../project-ref.ts';
import { prompt } from '../prompts.ts';
import { draft } from './drafts.ts';
import { createFrom } from './task-draft.ts';

async function noProjects(ask: Ask): Promise<Outcome> {
  await say(ask, ask.texts.t('reply-no-projects'));
  return NO_PROJECT;
}

async function create(ask: Ask, args: string): Promise<Outcome> {
  if (visible(ask).length === 0) return noProjects(ask);
  if (args === '') {
    await prompt(ask, { action: 'new', text: ask.texts.t('reply-ask-new') });
    return { result: 'asked' };
  }
  const { repo, text } = chooseProject(ask, args);
  if (repo === null) return draft(ask, text, { source: ask.message ?? 0 });
  return createFrom(ask, { repo, text, key: ask.key });
}

/** An epic is always a draft first: a whole list of tasks deserves a second look. */
async function epic(ask: Ask, args: string): Promise<Outcome> {
  if (visible(ask).length === 0) return noProjects(ask);
  return args === '' ? USAGE : draft(ask, args, { source: ask.message ?? 0, mark: '/epic' });
}

const work = { role: 'operator', group: 'work', changes: true } as const;

export const CREATE_COMMANDS: readonly Command[] = [
  {
    ...work,
    name: 'new',
    args: '[project] title + newline + description',
    example: '/new Add CSV export to reports\nUsers need the monthly report as a CSV file.',
    run: create,
  },
  {
    ...work,
    name: 'epic',
    args: '[project] title + newline + what it is about + list of tasks',
    example:
      '/epic Customer reports\n1. Export reports as CSV\n2. Mail the export monthly\n3. Show reports on a page (after 1)',
    run: epic,
  },
];
