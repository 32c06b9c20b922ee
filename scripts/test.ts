// Runs lanes of the tests and ends with one line `N passed, N failed[, N skipped]`, summed over all lanes.
//   tsx scripts/test.ts [unit|redis|e2e|hosts|chaos|contract …] [file filter …]
//   tsx scripts/test.ts chaos [--seed N] [--faults N] [--json]   faults at a running system; ends with its counts
//   tsx scripts/test.ts contract <name …> [--json]   ends with {"cases","passed","openapi"} when --json is given
//   tsx scripts/test.ts agents [--json]   lying and honest agents, the real CLI; ends with {"liars","honest","claudeCli"}
//   tsx scripts/test.ts delivery [--json]   delivery from green tests to verified production; ends with {"cases","passed"}
// Fails on a failed test, a lane without tests, an unhandled error, and a test skipped without a reason.
import { startVitest } from 'vitest/node';
import { AGENT_FILES, agentsLine } from './test/agents.ts';
import { chaosOrder } from './test/chaos.ts';
import { contractFiles, contractLine } from './test/contract.ts';
import { countTests, judge, summaryLine } from './test/count.ts';
import { DELIVERY_FILES, deliveryLine } from './test/delivery.ts';

const LANES = ['unit', 'redis', 'e2e', 'hosts', 'chaos'];

const chaos = chaosOrder(process.argv.slice(2));
Object.assign(process.env, chaos.env);
const args = chaos.rest;
const named = args.filter((arg) => LANES.includes(arg));
const contract = args.includes('contract');
const agents = args.includes('agents');
const delivery = args.includes('delivery');
const json = args.includes('--json');
const MODES = ['contract', 'agents', 'delivery', '--json'];
const filters = args.filter((arg) => !LANES.includes(arg) && !MODES.includes(arg));
const standard = contract ? ['unit', 'redis'] : agents ? ['e2e'] : delivery ? ['unit', 'e2e'] : LANES;
const lanes = named.length > 0 ? named : standard;
const files = contract
  ? contractFiles(process.cwd(), filters)
  : agents && filters.length === 0
    ? AGENT_FILES
    : delivery && filters.length === 0
      ? DELIVERY_FILES
      : filters;

const vitest = await startVitest('test', [...files], {
  project: lanes,
  watch: false,
  run: true,
  passWithNoTests: true,
});
const modules = vitest.state.getTestModules();
const count = countTests(modules, vitest.state.getUnhandledErrors());
await vitest.close();

// With a filter, or for contracts, a lane may well have nothing to run.
const complaints = judge(count, filters.length > 0 || contract || agents || delivery ? [] : lanes);
for (const complaint of complaints) process.stderr.write(`${complaint}\n`);
const special = contract
  ? contractLine(count, modules)
  : agents
    ? agentsLine(modules)
    : delivery
      ? deliveryLine(count)
      : named.includes('chaos')
        ? chaos.line()
        : null;
const line = json && special !== null ? special : summaryLine(count);
process.stdout.write(`${line}\n`, () => process.exit(complaints.length > 0 ? 1 : 0));
