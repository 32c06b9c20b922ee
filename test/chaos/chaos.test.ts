import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { formOf } from './form.ts';
import { reportOf, summaryOf } from './report.ts';
import { runChaos } from './run.ts';

const form = formOf(process.env);

test(`REC-132 nothing is lost, nothing happens twice, nothing dies silently: seed ${form.seed}, ${form.faults} faults, ${form.tasks} tasks`, {
  timeout: form.budgetMs + 60_000,
}, async () => {
  const { line, findings } = await runChaos(form, (outcome) => {
    process.stdout.write(`${summaryOf(outcome)}\n`);
    if (form.lineFile !== null) writeFileSync(form.lineFile, `${JSON.stringify(outcome.line)}\n`);
    if (form.reportFile !== null)
      writeFileSync(form.reportFile, `${reportOf(outcome)}\n${JSON.stringify(outcome.line)}\n`);
  });
  process.stdout.write(`${JSON.stringify(line)}\n`);
  expect(findings.flatMap(({ complaints }) => complaints)).toEqual([]);
  expect(line.faults).toBeGreaterThanOrEqual(form.faults);
});
