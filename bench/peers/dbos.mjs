// DBOS on PostgreSQL: every step is a step of its own in one workflow.
import { DBOS } from '@dbos-inc/dbos-sdk';
import { measure, report, STEPS } from './nine.mjs';
import { startPostgres } from './postgres.mjs';

const postgres = await startPostgres();

const workflow = DBOS.registerWorkflow(
  async () => {
    for (const name of STEPS) await DBOS.runStep(async () => 'passed', { name });
  },
  { name: 'task' },
);

DBOS.setConfig({ name: 'peer', systemDatabaseUrl: postgres.url('peer_sys'), logLevel: 'error' });
await DBOS.launch();
const perSecond = await measure(() => workflow());
await DBOS.shutdown();
await postgres.stop();
report(perSecond);
