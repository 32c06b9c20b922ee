// DBOS on PostgreSQL: workflows of nine durable steps. Prints {"perSecond"} as its last line.
import { DBOS } from '@dbos-inc/dbos-sdk';
import { findPostgres, startPostgres } from './postgres.mjs';

const STEPS = 9;
const [count = 100, width = 20] = process.argv.slice(2).map(Number);
const bin = findPostgres();
if (bin === undefined) throw new Error('PostgreSQL is not installed');
const postgres = await startPostgres(bin);

const workflow = DBOS.registerWorkflow(
  async () => {
    for (let step = 0; step < STEPS; step += 1)
      await DBOS.runStep(async () => step, { name: `step ${step}` });
  },
  { name: 'nine' },
);

async function carry(wanted) {
  let left = wanted;
  const one = async () => {
    while (left > 0) {
      left -= 1;
      await workflow();
    }
  };
  await Promise.all(Array.from({ length: width }, one));
}

DBOS.setConfig({ name: 'peer', systemDatabaseUrl: postgres.url('peer_sys'), logLevel: 'error' });
await DBOS.launch();
await carry(Math.ceil(count / 5));
const startedAt = performance.now();
await carry(count);
const seconds = (performance.now() - startedAt) / 1000;
await DBOS.shutdown();
await postgres.stop();
process.stdout.write(`${JSON.stringify({ perSecond: count / seconds, steps: STEPS })}\n`);
process.exit(0);
