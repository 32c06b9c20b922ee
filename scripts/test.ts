// Runs lanes of the tests and ends with one line `N passed, N failed[, N skipped]`, summed over all lanes.
//   tsx scripts/test.ts [unit|redis|e2e|chaos|contract …] [file filter …]
//   tsx scripts/test.ts contract <name …> [--json]   ends with {"cases","passed","openapi"} when --json is given
// Fails on a failed test, a lane without tests, an unhandled error, and a test skipped without a reason.
import { startVitest } from 'vitest/node';
import { contractFiles, contractLine } from './test/contract.ts';
import { countTests, judge, summaryLine } from './test/count.ts';

const LANES = ['unit', 'redis', 'e2e', 'chaos'];
const DEFAULT_LANES = ['unit', 'redis', 'e2e'];

const args = process.argv.slice(2);
const named = args.filter((arg) => LANES.includes(arg));
const contract = args.includes('contract');
const json = args.includes('--json');
const filters = args.filter((arg) => !LANES.includes(arg) && arg !== 'contract' && arg !== '--json');
const lanes = named.length > 0 ? named : contract ? ['unit', 'redis'] : DEFAULT_LANES;

const vitest = await startVitest('test', contract ? contractFiles(process.cwd(), filters) : filters, {
  project: lanes,
  watch: false,
  run: true,
  passWithNoTests: true,
});
const modules = vitest.state.getTestModules();
const count = countTests(modules, vitest.state.getUnhandledErrors());
await vitest.close();

// With a filter, or for contracts, a lane may well have nothing to run.
const complaints = judge(count, filters.length > 0 || contract ? [] : lanes);
for (const complaint of complaints) process.stderr.write(`${complaint}\n`);
const line = contract && json ? contractLine(count, modules) : summaryLine(count);
process.stdout.write(`${line}\n`, () => process.exit(complaints.length > 0 ? 1 : 0));
