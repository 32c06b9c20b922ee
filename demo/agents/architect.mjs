// The architect: one decision record, and the risks.
import { read, work, write } from './lib/desk.mjs';
import { wishOf } from './lib/wish.mjs';

async function decide(brief) {
  const wish = wishOf(brief);
  await read(`${brief.dir}/02-trz.md`);
  await read('src/cart.js');
  await write(`${brief.dir}/06-adr/ADR-001-${wish.slug}.md`, adr(brief, wish));
  await write(`${brief.dir}/10-tech-risks.md`, risks(brief, wish));
  return 'The architecture is decided.';
}

const adr = (brief, wish) => `# ADR-001: ${wish.subject}

- Status: accepted
- Date: ${new Date().toISOString().slice(0, 10)}
- Task: ${brief.wid}

## Context

${wish.goal} The shop is one process without a database; what it knows stands in \`src/\`.

## Decision

${wish.decision}

## Alternatives

${wish.alternatives}

## Consequences

${wish.rules.map((rule) => `- ${rule}`).join('\n')}

## Links

- [Technical requirements](../02-trz.md)
- [Acceptance criteria](../03-acceptance-criteria.md)
`;

const risks = (brief, wish) => {
  const [what, probability, mitigation, detection] = wish.risk;
  return `# ${brief.wid}: technical risks

| Risk | What | Probability × impact | Mitigation | Detection |
|---|---|---|---|---|
| R-1 | ${what} | ${probability} × medium | ${mitigation} | ${detection} |

Open questions: none.
`;
};

await work(decide);
