import { CHECKS, MACHINE_CHECKS } from './index.ts';

const HEAD = `# What doctor looks at

\`orchestrator doctor\` looks at everything that can be wrong and changes nothing: one line for each finding, with its fix. \`--fix\`
mends what is safe (the last column) and looks again; \`--json\` prints \`{ok, checks: [{name, level, detail, fix, mended?}], settings}\`.
The exit code is 1 when something must be mended. It works while the control process runs, and without one.

\`✓\` is fine, \`!\` works but is worth knowing, \`✗\` must be mended. Settings are checked first; invalid ones are findings like any other.

| check | it looks whether | \`--fix\` |
|---|---|---|
`;

const cell = (text: string): string => text.replaceAll('|', '\\|');

/** The table of checks as a page. */
export function renderDoctorReference(): string {
  const rows = [...MACHINE_CHECKS, ...CHECKS].map(
    ({ name, about, mends = '' }) => `| \`${name}\` | ${cell(about)} | ${cell(mends)} |\n`,
  );
  return `${HEAD}${rows.join('')}`;
}
