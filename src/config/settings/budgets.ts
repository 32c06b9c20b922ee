import { z } from 'zod';
import { int, json, usd } from '../kinds.ts';
import { group } from '../setting.ts';

const price = z.number().min(0);

/** USD per million tokens of a model, for estimates only (AGENT-36). */
export const ModelPrices = z.record(
  z.string(),
  z.strictObject({
    in: price,
    out: price,
    cache_read: price.optional(),
    cache_write: price.optional(),
  }),
);

export const budgets = group(
  'budgets',
  {
    ORCH_BUDGET_ATTEMPT_USD: usd('cap of one attempt', { default: '10' }),
    ORCH_BUDGET_TASK_USD: usd('cap of one task', { default: '50' }),
    ORCH_BUDGET_DAY_USD: usd('cap of one day, all tasks', { default: '100' }),
    ORCH_BUDGET_RAISE_USD: usd('step of the raise button', { default: '5' }),
    ORCH_BUDGET_MIN_RUN_USD: usd('less left ⇒ no run is started', { default: '0.50' }),
    ORCH_MODEL_PRICES_JSON: json(
      { type: 'json', expected: 'a JSON object of model → {in, out, …}', schema: ModelPrices },
      'prices per million tokens, for estimates only: `{"<model>":{"in","out","cache_read","cache_write"}}`',
      {},
    ),
    ORCH_RUNS_PER_TASK_DAY: int('agent runs of one task in 24 h', { default: '40' }, { min: 1 }),
  },
  'BUDGET_',
);
