// The analyst: turns the request into 01 to 04, or asks back in 05. On the bugfix track it decides how, too.
import { writeDecision } from './lib/decision.mjs';
import { read, work, write } from './lib/desk.mjs';
import { wishOf } from './lib/wish.mjs';

async function analyse(brief) {
  const wish = wishOf(brief);
  await read(`${brief.dir}/00-business-request.md`);
  await read('README.md');
  if (/\bask me\b|спроси меня/i.test(brief.description) && !brief.answered) return ask(brief);

  await write(`${brief.dir}/01-brd.md`, brd(brief, wish));
  await write(`${brief.dir}/02-trz.md`, trz(brief, wish));
  await write(`${brief.dir}/03-acceptance-criteria.md`, criteria(brief, wish));
  await write(`${brief.dir}/04-test-plan.yaml`, testPlan(brief, wish));
  if (brief.track === 'bugfix') await writeDecision(brief, wish);
  return 'The analysis is written.';
}

async function ask(brief) {
  const head = [
    '---',
    'type: questions',
    `work_item: ${brief.wid}`,
    `attempt: ${brief.attempt}`,
    'questions: 1',
    '---',
  ];
  const question =
    '1. Who sees the change: every customer, or only customers who have signed in?\n   Default: every customer.';
  await write(`${brief.dir}/05-questions.md`, `${head.join('\n')}\n\n${question}\n`);
  return 'One question is open.';
}

const quote = (text) =>
  text
    .split('\n')
    .map((line) => `> ${line}`.trimEnd())
    .join('\n');
const bullets = (lines) => lines.map((line) => `- ${line}`).join('\n');

/** A repeated analysis says what it was repeated for. */
const said = ({ attempt, words }) =>
  attempt === 1
    ? ''
    : `
## Said since (attempt ${attempt})

${words.map(quote).join('\n>\n') || 'Nothing new.'}
`;

const brd = (brief, wish) => `# ${brief.wid}: ${brief.title}

## What was asked

${quote(brief.description || brief.title)}
${said(brief)}
## Goal

${wish.goal}

## Out of scope

Everything the request does not name: prices, accounts, payment.
`;

const trz = (brief, wish) => `# ${brief.wid}: technical requirements

${bullets(wish.rules)}

The existing answers of the API keep every field they have.
`;

const criteria = (brief, wish) => `# ${brief.wid}: acceptance criteria

${wish.criteria.map(([pass, fail], index) => `- AC-${index + 1}\n  - PASS: ${pass}\n  - FAIL: ${fail}`).join('\n')}
`;

const testPlan = (brief, wish) => `work_item: ${brief.wid}
title: ${JSON.stringify(wish.subject)}
tests:
${wish.criteria
  .map(
    ([pass], index) => `  - id: TC-0${index + 1}
    type: unit
    description: ${JSON.stringify(pass)}
    module: src
    expected: PASS
    acceptance: [AC-${index + 1}]`,
  )
  .join('\n')}
`;

await work(analyse);
