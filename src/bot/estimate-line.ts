import type { RunView } from '../pipeline/view.ts';
import { cost } from './format.ts';
import type { Line } from './markup.ts';
import type { Texts } from './texts.ts';

/** What the rest of the task may cost and take, below an approval request; nothing where nothing is known. */
export function estimateLine({ estimate }: Pick<RunView, 'estimate'>, texts: Texts): Line[] {
  if (estimate === null) return [];
  const { tasks, sameSize, usd, ms } = estimate;
  const spread = {
    n: String(tasks),
    usd: cost(usd.typical),
    usdHigh: cost(usd.high),
    dur: texts.duration(ms.typical),
    durHigh: texts.duration(ms.high),
  };
  return [[texts.t(sameSize ? 'approve-estimate-alike' : 'approve-estimate', spread)]];
}
