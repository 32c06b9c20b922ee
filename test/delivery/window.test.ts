import { describe, expect, it } from 'vitest';
import { nextOpening, parseDeployWindow } from '../../src/delivery/window.ts';

const opening = (window: string, at: string, timeZone = 'UTC') =>
  new Date(nextOpening(parseDeployWindow(window), Date.parse(at), timeZone)).toISOString();

describe('the next moment a deploy may happen (SHIP-86)', () => {
  it.each([
    ['open: now', 'Mon-Thu 09:00-17:00', '2026-11-18T12:34:56.789Z', '2026-11-18T12:34:56.789Z'],
    ['first moment', 'Mon-Thu 09:00-17:00', '2026-11-18T09:00:00Z', '2026-11-18T09:00:00.000Z'],
    ['before it opens', 'Mon-Thu 09:00-17:00', '2026-11-18T08:59:59Z', '2026-11-18T09:00:00.000Z'],
    ['the end is outside', 'Mon-Thu 09:00-17:00', '2026-11-18T17:00:00Z', '2026-11-19T09:00:00.000Z'],
    ['over the weekend', 'Mon-Thu 09:00-17:00', '2026-11-19T18:00:00Z', '2026-11-23T09:00:00.000Z'],
    ['one day, a week ahead', 'Wed 10:00-11:00', '2026-11-18T11:00:00Z', '2026-11-25T10:00:00.000Z'],
    ['days that wrap', 'Sat-Mon 10:00-11:00', '2026-11-20T10:30:00Z', '2026-11-21T10:00:00.000Z'],
    [
      'lists, two openings',
      'Sat,Sun 10:00-11:00; Wed 22:00-24:00',
      '2026-11-18T23:59:00Z',
      '2026-11-18T23:59:00.000Z',
    ],
    [
      'the earlier of two',
      'mon 10:00-11:00; FRI 9:00-10:00',
      '2026-11-19T12:00:00Z',
      '2026-11-20T09:00:00.000Z',
    ],
    ['empty: always', '', '2026-11-18T03:00:00Z', '2026-11-18T03:00:00.000Z'],
  ])('%s', (_, window, at, expected) => {
    expect(opening(window, at)).toBe(expected);
  });

  it.each([
    ['Europe/Berlin', '2026-11-18T07:59:00Z', '2026-11-18T08:00:00.000Z'],
    ['Europe/Berlin', '2026-07-15T06:59:00Z', '2026-07-15T07:00:00.000Z'],
    ['America/New_York', '2026-11-18T00:30:00Z', '2026-11-18T14:00:00.000Z'],
    ['Pacific/Auckland', '2026-11-17T20:30:00Z', '2026-11-17T20:30:00.000Z'],
    ['Asia/Kolkata', '2026-11-18T03:29:00Z', '2026-11-18T03:30:00.000Z'],
  ])('09:00 is nine in %s', (timeZone, at, expected) => {
    expect(opening('Mon-Fri 09:00-17:00', at, timeZone)).toBe(expected);
  });

  it('stays at nine across a clock change', () => {
    expect(opening('Mon 09:00-10:00', '2026-10-24T12:00:00Z', 'Europe/Berlin')).toBe(
      '2026-10-26T08:00:00.000Z',
    );
    expect(opening('Sun 01:00-04:00', '2026-10-25T00:30:00Z', 'Europe/Berlin')).toBe(
      '2026-10-25T00:30:00.000Z',
    );
  });
});

it.each([
  'always',
  'Mon',
  'Mon 9-17',
  'Mon 17:00-09:00',
  'Mon 09:00-09:00',
  'Mon 25:00-26:00',
  'Mo-Fr 9:00-10:60',
  'Xyz 09:00-10:00',
  'Mon-Tue-Wed 09:00-10:00',
])('refuses %j with an example of what is right', (text) => {
  expect(() => parseDeployWindow(text)).toThrow(
    expect.objectContaining({
      code: 'deploy-window-invalid',
      message: expect.stringContaining('Mon-Thu 09:00-17:00'),
    }),
  );
});
