import { parseArgs } from 'node:util';
import type { Size } from './part.ts';

export interface Order {
  parts: readonly string[];
  size: Size;
  json: boolean;
  help: boolean;
}

export const USAGE = `npm run bench -- [part …] [--json] [--rounds n] [--scale x] [--peers] [--long]

  part      pipeline, reaction, intake, growth, memory, cards, hosts; without one all of them
  --json    the figures as one JSON object on the last line of standard output
  --rounds  rounds whose median counts (default 3)
  --scale   shrinks every count, for a quick look (default 1)
  --peers   also the systems of others; npm ci in bench/peers comes first
  --long    the long form of the memory part: a soak of 30 minutes

Ends with 1 when a budget is broken.`;

/** Reads the command line. Throws one line for a person. */
export function readArguments(argv: readonly string[], known: readonly string[]): Order {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
      peers: { type: 'boolean', default: false },
      long: { type: 'boolean', default: false },
      rounds: { type: 'string', default: '3' },
      scale: { type: 'string', default: '1' },
    },
  });
  const strange = positionals.filter((name) => !known.includes(name));
  if (strange.length > 0)
    throw new Error(`Expected parts out of ${known.join(', ')}; found ${strange.join(', ')}.`);
  const { json, help, peers, long } = values;
  const rounds = positive('--rounds', values.rounds);
  if (!Number.isInteger(rounds)) throw new Error(`--rounds is a whole number; found ${values.rounds}.`);
  return {
    parts: positionals.length > 0 ? known.filter((name) => positionals.includes(name)) : known,
    size: { rounds, scale: positive('--scale', values.scale), peers, long },
    json,
    help,
  };
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (value > 0) return value;
  throw new Error(`${name} is a number above 0; found ${text}.`);
}
