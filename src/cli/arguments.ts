import { InvalidArgumentError } from 'commander';
import { GATES } from '../pipeline/stages.ts';

const WID = /^[A-Z][A-Z0-9]{1,9}-\d{1,9}$/;

/** A work item id, in any case. */
export function widOf(text: string): string {
  const wid = text.toUpperCase();
  if (WID.test(wid)) return wid;
  throw new InvalidArgumentError('Expected a work item id such as SHOP-012.');
}

/** A gate, with or without its `check_`. */
export function gateOf(text: string): string {
  const gate = GATES.find((name) => name === `check_${text.replace(/^check_/, '')}`);
  if (gate !== undefined) return gate;
  const names = GATES.map((name) => name.replace(/^check_/, '')).join(', ');
  throw new InvalidArgumentError(`Expected one of ${names}.`);
}

/** A whole number within these bounds. */
export const wholeOf =
  (min: number, max: number) =>
  (text: string): number => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`Expected a whole number from ${min} to ${max}.`);
  };

/** A positive amount of money. */
export function usdOf(text: string): number {
  const value = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && value > 0) return value;
  throw new InvalidArgumentError('Expected a positive number of USD.');
}

/** A point in time as epoch ms: ISO 8601, in local time without an offset. */
export function timeOf(text: string): number {
  const at = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isFinite(at)) return at;
  throw new InvalidArgumentError('Expected a time such as 2026-03-01T09:00.');
}

/** Collects the values of an option that may be repeated. */
export const collect = (value: string, before: readonly string[] = []): string[] => [...before, value];
