// What an architect leaves behind: one decision record, and the risks. On the bugfix track the analyst writes them.
import { write } from './desk.mjs';

export async function writeDecision(brief, wish) {
  await write(`${brief.dir}/06-adr/ADR-001-${wish.slug}.md`, adr(brief, wish));
  await write(`${brief.dir}/10-tech-risks.md`, risks(brief, wish));
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
