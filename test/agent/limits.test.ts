import { describe, expect, it } from 'vitest';
import { type ParkFacts, parkUntil, readLimitText } from '../../src/agent/limits.ts';

const NOW = Date.parse('2026-11-20T12:00:00Z');
const iso = (ms: number | null | undefined) => (ms == null ? ms : new Date(ms).toISOString());

describe('the reset time of a usage limit (AGENT-43)', () => {
  const cases: [text: string, resets: string | null][] = [
    ['Claude AI usage limit reached|1795000000', '2026-11-18T11:06:40.000Z'],
    ["You've hit your session limit · resets 3pm (Europe/Berlin)", '2026-11-20T14:00:00.000Z'],
    ["You've hit your session limit · resets 1pm (Europe/Berlin)", '2026-11-21T12:00:00.000Z'],
    ["You've hit your weekly limit · resets Nov 23, 3:30pm (UTC)", '2026-11-23T15:30:00.000Z'],
    ["You've hit your weekly limit · resets Jan 2 at 9am (Asia/Yekaterinburg)", '2027-01-02T04:00:00.000Z'],
    ['Your limit will reset at 15:00 (America/New_York)', '2026-11-20T20:00:00.000Z'],
    ['Your limit will reset at 12am (UTC)', '2026-11-21T00:00:00.000Z'],
    ["You've hit your limit · resets soon (UTC)", null],
    ["You've hit your limit · resets 3pm (Nowhere/Land)", null],
    ["You've hit your limit", null],
  ];
  for (const [text, resets] of cases) {
    it(`of "${text}" is ${resets ?? 'not known'}`, () =>
      expect(iso(readLimitText(text, NOW)?.resetsAtMs)).toBe(resets));
  }
  it('is not read into other texts', () => {
    expect(readLimitText('The limit of an order is 200 units; it resets at midnight.', NOW)).toBeNull();
  });
  it('respects a change to daylight-saving time', () => {
    const before = Date.parse('2026-03-28T20:00:00Z');
    const text = "You've hit your limit · resets 3am (Europe/Berlin)";
    expect(iso(readLimitText(text, before)?.resetsAtMs)).toBe('2026-03-29T01:00:00.000Z');
  });
});

describe('how long a usage limit parks (AGENT-43)', () => {
  const base: ParkFacts = { now: NOW, resetsAtMs: null, unknownBefore: 0, jitterS: 60, random: 0 };
  const minutes = (facts: Partial<ParkFacts>) => (parkUntil({ ...base, ...facts }) - NOW) / 60_000;
  it('takes the reset time plus jitter', () => {
    expect(minutes({ resetsAtMs: NOW + 3_600_000 })).toBe(60);
    expect(minutes({ resetsAtMs: NOW + 3_600_000, random: 1 })).toBe(61);
  });
  it('doubles half an hour up to four hours where the time is not known', () => {
    expect([0, 1, 2, 3, 4].map((unknownBefore) => minutes({ unknownBefore }))).toEqual([
      30, 60, 120, 240, 240,
    ]);
  });
  it('is clamped to a minute and to eight days', () => {
    expect(minutes({ resetsAtMs: NOW - 5 })).toBe(1);
    expect(minutes({ resetsAtMs: NOW + 99 * 86_400_000 })).toBe(8 * 24 * 60);
  });
});
