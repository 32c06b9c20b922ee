import { AppError } from '../../src/errors.ts';
import { type FoundTest, findIncidentTests } from './find-tests.ts';
import { INCIDENT_GROUPS, type IncidentGroup } from './incidents.ts';

/** `docs/reference/incidents.md`. Throws where a row has no test, or a test names a row there is not. */
export async function renderIncidents(): Promise<string> {
  const tests = await findIncidentTests();
  complain(tests);
  return `# Incidents

Things that really go wrong in systems of this kind, the rule that prevents each, and the regression tests that hold it. The title
of a test begins with the id of its row; \`npm run test:unit -- -t inc-42\` runs those of one row in one lane.

${INCIDENT_GROUPS.map((group) => section(group, tests)).join('\n\n')}
`;
}

function complain(tests: readonly FoundTest[]): void {
  const rows = INCIDENT_GROUPS.flatMap(({ incidents }) => incidents.map(({ id }) => id));
  const missing = rows.filter((id) => !tests.some((test) => test.id === id));
  const unknown = [...new Set(tests.map(({ id }) => id))].filter((id) => !rows.includes(id));
  if (missing.length + unknown.length === 0) return;
  throw new AppError(
    'incidents',
    `Every incident has a test whose title begins with its id; without one: ${missing.join(', ') || 'none'}; unknown: ${unknown.join(', ') || 'none'}.`,
    { fault: 'user' },
  );
}

function section({ title, incidents }: IncidentGroup, tests: readonly FoundTest[]): string {
  const lines = incidents.map(({ id, incident, rule }) => {
    const own = tests.filter((test) => test.id === id);
    return `| ${id} | ${incident} | ${rule} | ${linksOf(own)} |`;
  });
  return [`## ${title}`, '', '| Id | Incident | Rule | Tests |', '|---|---|---|---|', ...lines].join('\n');
}

/** One link per file, to the first of its tests: lines move too often to be part of a page. */
function linksOf(tests: readonly FoundTest[]): string {
  const files = [...new Set(tests.map(({ file }) => file))];
  return files.length === 0
    ? 'none yet'
    : files.map((file) => `[${file.replace(/^test\//, '')}](../../${file})`).join(', ');
}
