import { describe, expect, it, test } from 'vitest';
import { trackOf } from '../../src/pipeline/track.ts';
import { mayWrite, writeScope } from '../../src/pipeline/write-scope.ts';
import { Play } from './play.ts';

test.each([
  ['The date is wrong.\ntrack: bugfix', 'full', 'bugfix'],
  ['Track: BUGFIX. The date is wrong.', 'full', 'bugfix'],
  ['one line of a tracker track: bugfix and more', 'full', 'bugfix'],
  ['track: full', 'bugfix', 'full'],
  ['The soundtrack: bugfix of it', 'full', 'full'],
  ['track: bugfix-later', 'full', 'full'],
  ['nothing said', 'bugfix', 'bugfix'],
] as const)(
  'the request says its track, else the project: %j of %s is %s',
  (description, track, expected) => {
    expect(trackOf({ description }, { track })).toBe(expected);
  },
);

const bugfix = () => new Play({}, { description: 'The date is wrong.\ntrack: bugfix' });
const stepsOf = (play: Play) => play.of('run-stage')[0]?.steps;

describe('issue 9: the bugfix track', () => {
  it('starts no architect, and leaves out none of its gates', () => {
    const play = bugfix().to('architecture');
    expect(stepsOf(play)).toEqual(['gate.architecture_done']);
    expect(play.settle().place).toBe('development#1 working');
    const full = new Play().to('architecture');
    expect(stepsOf(full)).toEqual(['agent', 'gate.architecture_done']);
  });

  it('goes back to the analysis when no decision was written there, and not for ever', () => {
    const play = bugfix().to('architecture');
    const refused = { step: 'gate.architecture_done', outcome: 'no-verdict', reason: 'no ADR' } as const;
    expect(play.settle(refused).place).toBe('analysis#2 working');
    play.settle().command('approve').settle(refused);
    play.settle().command('approve').settle(refused);
    expect(play.place).toBe('architecture#3 blocked analysis-returns');
  });

  it('sends a reject of the developer’s stage to whoever decided, the analyst (PIPE-31)', () => {
    const play = bugfix().to('development').command('reject', { text: 'another cause' });
    expect(play.place).toBe('analysis#2 working');
    expect(new Play().to('development').command('reject', { text: 'no' }).place).toBe(
      'architecture#2 working',
    );
  });

  it('lets the analyst write the decision, and still no code and no conflict', () => {
    const scope = writeScope('analyst', { wid: 'SHOP-014', stage: 'analysis', track: 'bugfix' });
    const may = (path: string) => mayWrite(scope, path);
    const dir = 'docs/work-items/SHOP-014';
    for (const file of ['02-trz.md', '06-adr/ADR-001-date.md', '08-data-requirements.md', '10-tech-risks.md'])
      expect(may(`${dir}/${file}`)).toBe(true);
    for (const path of [`${dir}/09-conflict.md`, 'src/cart.ts', 'docs/architecture/adr/adr-0001-x.md'])
      expect(may(path)).toBe(false);
  });
});
