import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadPrompts, PROMPT_MAX_BYTES, parsePrompt, TOOLS } from '../../src/agent/prompts.ts';
import { contractText, EXAMPLE_FACTS } from '../../src/pipeline/contract.ts';
import { ROLES, STAGE_RULES, type WorkStage } from '../../src/pipeline/stages.ts';

const SHIPPED = new URL('../../agents', import.meta.url).pathname;
const prompt = (head: string, body = 'Work.') => `---\n${head}\n---\n${body}\n`;
const HEAD = 'name: tester\ndescription: Tests\ntools: Read, Bash';

describe('the shipped prompts (AGENT-5 to AGENT-8)', () => {
  const prompts = loadPrompts(SHIPPED);
  for (const role of ROLES) {
    it(`give the ${role} its tools and its verdict block verbatim`, () => {
      expect(prompts[role].tools).toEqual(TOOLS);
      expect(prompts[role].body).not.toContain('{{');
      const stages = (Object.keys(STAGE_RULES) as WorkStage[]).filter(
        (stage) => STAGE_RULES[stage].role === role,
      );
      for (const stage of stages)
        expect(prompts[role].body).toContain(contractText(role, stage, EXAMPLE_FACTS));
    });
    it(`tell the ${role} what is data, what not to do and when it is done`, () => {
      expect(prompts[role].body).toContain('<<<DATA');
      expect(prompts[role].body).toContain('## What you must not do');
      expect(prompts[role].body).toMatch(/Your work ends when/);
      expect(prompts[role].body).toMatch(/Leave .*process|Start a process that outlives|Leave a server/s);
    });
  }
});

describe('a prompt somebody edited (AGENT-6)', () => {
  const cases: [what: string, source: string, complaint: RegExp][] = [
    ['has no front matter', 'Work.\n', /^:1: no front matter/],
    ['names a model', prompt(`${HEAD}\nmodel: opus`), /^:5: model comes from the settings only/],
    ['names an effort', prompt(`effort: max\n${HEAD}`), /^:2: effort comes from the settings only/],
    ['gives an unknown tool', prompt(HEAD.replace('Bash', 'WebFetch')), /^:4: unknown tool WebFetch/],
    ['has another key', prompt(`${HEAD}\ncolor: red`), /^:5: unknown key color/],
    ['has no description', prompt('name: tester\ntools: Read'), /^:1: expected description/],
    [
      'is of another role',
      prompt(HEAD.replace('tester', 'developer')),
      /^:2: expected name tester, found developer/,
    ],
    ['is too long', prompt(HEAD, 'x'.repeat(PROMPT_MAX_BYTES + 1)), /^:6: body has 65537 bytes/],
    ['is empty', prompt(HEAD, ''), /^:6: body is empty/],
  ];
  for (const [what, source, complaint] of cases) {
    it(`is refused with its line when it ${what}`, () => {
      expect([parsePrompt('tester', source)].flat()[0]).toMatch(complaint);
    });
  }
  it('is refused with its file, together with every other complaint', () => {
    const dir = mkdtempSync(join(tmpdir(), 'orch-prompts-'));
    writeFileSync(join(dir, 'tester.md'), 'Work.\n');
    expect(() => loadPrompts(dir)).toThrow(/analyst\.md: missing.*tester\.md:1: no front matter/s);
    rmSync(dir, { recursive: true });
  });
});
