// The developer: really edits the project and its tests, answers every finding, commits.
import { commit, peek, read, run, work, write } from './lib/desk.mjs';
import { wishOf } from './lib/wish.mjs';

async function develop(brief) {
  const wish = wishOf(brief);
  await read(`${brief.dir}/03-acceptance-criteria.md`);
  await wish.develop(brief);
  if (brief.findings.length > 0) await answerFindings(brief);
  // The first try is committed as it is: whether it is good is for CI to say.
  if (brief.attempt > 1) await run('npm', ['test', '--silent']);
  const subject = brief.findings.length > 0 ? `Answer ${brief.findings.join(', ')}` : wish.subject;
  await commit(`${subject} (${brief.wid})`, brief);
  return 'The change is committed.';
}

async function answerFindings(brief) {
  const path = `${brief.dir}/11-dev-notes.md`;
  const before = peek(path) || `# ${brief.wid}: notes of the developer\n`;
  const open = brief.findings.filter((id) => !before.includes(`- ${id}:`));
  if (open.length === 0) return;
  const entries = open.map((id) => `- ${id}: ${ANSWERS[id.split('-')[0]] ?? 'done.'}`).join('\n');
  await write(path, `${before.trimEnd()}\n\n## Attempt ${brief.attempt}\n\n${entries}\n`);
}

const ANSWERS = {
  CI: 'the failing test was right; the code is repaired, the test is unchanged.',
  TEST: 'the code is repaired, the test is unchanged.',
  REV: 'done as asked, with a test and the documentation.',
  PR: 'done as asked.',
  MERGE: 'brought up to date with main.',
};

await work(develop);
