// What every peer of the pipeline is asked: `<peer>.mjs <workflows> <in flight> <names of the steps as JSON>`.

const [count = '100', width = '20', names = '[]'] = process.argv.slice(2);

/** Names of the durable steps; each returns at once. */
export const STEPS = JSON.parse(names);
/** Workflows under way at the same time. */
export const WIDTH = Number(width);

async function carry(one, wanted) {
  let left = wanted;
  const lane = async () => {
    while (left > 0) {
      left -= 1;
      await one();
    }
  };
  await Promise.all(Array.from({ length: WIDTH }, lane));
}

/** Workflows per second, after a fifth of them as warm-up; `one` resolves when its workflow has ended for good. */
export async function measure(one) {
  await carry(one, Math.ceil(Number(count) / 5));
  const startedAt = performance.now();
  await carry(one, Number(count));
  return Number(count) / ((performance.now() - startedAt) / 1000);
}

/** The last line of standard output is the result. */
export function report(perSecond) {
  process.stdout.write(`${JSON.stringify({ perSecond })}\n`, () => process.exit(0));
}
