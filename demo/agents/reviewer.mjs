// The reviewer: looks at the diff and writes 12. It refuses what is really missing and nothing else.
import { peek, read, run, work, write } from './lib/desk.mjs';
import { wishOf } from './lib/wish.mjs';

async function review(brief) {
  const wish = wishOf(brief);
  const head = (await run('git', ['rev-parse', 'HEAD'])).output.trim();
  const { output: stat } = await run('git', ['diff', '--stat', 'origin/main...HEAD']);
  await read('src/cart.js');
  await read('README.md');

  const path = `${brief.dir}/12-review.md`;
  const round = (Number(/^version: (\d+)$/m.exec(peek(path))?.[1]) || 0) + 1;
  const findings = wish.review(brief);
  const refused = findings.some(([severity]) => severity === 'P0' || severity === 'P1');
  const verdict = refused ? 'REQUEST_CHANGES' : 'APPROVED';
  await write(path, report({ brief, head, stat, round, findings, verdict }));
  return `Verdict: ${verdict}.`;
}

const HEADINGS = [
  ['P0', 'P0 Blocker'],
  ['P1', 'P1 Must fix'],
  ['P2', 'P2 Should fix'],
  ['P3', 'P3 Nice to have'],
];

function report({ brief, head, stat, round, findings, verdict }) {
  let number = 0;
  const items = (severity) =>
    findings
      .filter(([own]) => own === severity)
      .map(([, text]) => `- [ ] REV-${round}-${++number}: ${text}`)
      .join('\n') || 'None.';
  return `---
type: review
work_item: ${brief.wid}
verdict: ${verdict}
version: ${round}
attempt: ${brief.attempt}
commit: ${head}
---

# Review of ${brief.wid}, round ${round}

## Summary

${verdict === 'APPROVED' ? 'The change does what was asked.' : 'The change is close; what is listed must come first.'}

\`\`\`
${stat.trim() || 'no changes against origin/main were found'}
\`\`\`

## Findings

${HEADINGS.map(([severity, heading]) => `### ${heading}\n\n${items(severity)}`).join('\n\n')}

## Conformance to TRZ

Every rule of 02 has code and a test.

## Conformance to ADR

As decided in ADR-001.

## Code quality

Small modules, one idea each.

## Documentation

CHANGELOG.md is part of the change${findings.some(([, text]) => text.includes('README')) ? '; README.md is not.' : ', and so is README.md where needed.'}
`;
}

await work(review);
