// A wish the scripted agents have no program for: it is written down where the owner finds it, and nothing else.
import { addToChangelog } from '../lib/changelog.mjs';

async function develop(brief) {
  await addToChangelog(`Noted: ${brief.title.replace(/\s+/g, ' ')} (${brief.wid}).`);
}

export const note = {
  slug: 'noted',
  subject: 'Note the wish of the owner',
  goal: 'The wish is not forgotten.',
  rules: ['The change log names the wish.'],
  criteria: [['CHANGELOG.md names the wish.', 'It does not.']],
  decision: 'No code: the scripted agents of the demo know two wishes only; a real model would do this one.',
  alternatives: 'Doing something that looks like work was turned down.',
  risk: ['The wish stays a note', 'high', 'Run the task with a real model', 'The owner asks again'],
  develop,
  review: () => [],
};
