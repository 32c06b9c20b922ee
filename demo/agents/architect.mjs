// The architect: one decision record, and the risks.
import { writeDecision } from './lib/decision.mjs';
import { read, work } from './lib/desk.mjs';
import { wishOf } from './lib/wish.mjs';

async function decide(brief) {
  await read(`${brief.dir}/02-trz.md`);
  await read('src/cart.js');
  await writeDecision(brief, wishOf(brief));
  return 'The architecture is decided.';
}

await work(decide);
