import path from 'node:path';
import { artefactPath } from '../../../src/pipeline/artefacts.ts';
import { CONTRACTS, sampleVerdict, type VerdictContract } from '../../../src/pipeline/contract.ts';
import type { TaskState } from '../../../src/pipeline/task.ts';
import type { Reply } from './messages-api.ts';

/** Where the model works. */
export interface Desk {
  task: TaskState;
  worktree: string;
  stagingUrl: string;
}

export const write = ({ worktree }: Desk, file: string, content: string): Reply => ({
  tool: 'Write',
  input: { file_path: path.join(worktree, file), content },
});
export const bash = (command: string, usage: { input?: number; output?: number } = {}): Reply => ({
  tool: 'Bash',
  input: { command },
  usage,
});

const verdict = (desk: Desk, rule: VerdictContract, body = ''): Reply => {
  const { wid, attempt, headSha, branch } = desk.task;
  const block = sampleVerdict(rule, { wid, attempt, commit: headSha ?? '', branch });
  return write(desk, artefactPath(wid, rule.artefact), `${block}\n${body}`);
};

/** One question of the analyst, with a default. */
export const askOne = (desk: Desk): Reply[] => [
  verdict(desk, CONTRACTS.questions, '1. Who may leave a note?\n   Default: everybody.\n'),
];

export const analysis = (desk: Desk): Reply[] => {
  const { wid } = desk.task;
  const tests = `work_item: ${wid}\ntitle: Greet\ntests:\n  - id: TC-01\n    type: unit\n`;
  return [
    write(desk, artefactPath(wid, '01'), '# Why\n'),
    write(desk, artefactPath(wid, '02'), '# What\n'),
    write(desk, artefactPath(wid, '03'), '- AC-1\n  - PASS: it greets.\n  - FAIL: it does not.\n'),
    write(desk, artefactPath(wid, '04'), tests),
  ];
};

export const architecture = (desk: Desk): Reply[] => [
  write(desk, `docs/work-items/${desk.task.wid}/06-adr/ADR-001-greet.md`, '# ADR-001 Greet\n'),
  write(desk, artefactPath(desk.task.wid, '10'), '# Risks\n\nNone.\n'),
];

const TEST = [
  "import assert from 'node:assert/strict';",
  "import { test } from 'node:test';",
  "import { greet } from '../src/greet.js';",
  "test('greets', () => assert.equal(greet('Ada'), 'Good day, Ada'));",
  '',
].join('\n');

/** Shows on the card for a while what it does. */
export const LOOKING = 'sleep 4; ls src';

export const development = (desk: Desk): Reply[] => [
  bash(LOOKING),
  write(desk, 'src/greet.js', "export const greet = (name) => 'Good day, ' + name;\n"),
  write(desk, 'test/greet.test.js', TEST),
  bash("sed -i 's/^## \\[Unreleased\\]$/&\\n\\n### Added\\n\\n- Greets people/' CHANGELOG.md"),
  bash('node --test && git add -A && git commit -q -m "Greet people"'),
];

export const review = (desk: Desk): Reply[] => [bash('git log -1 --stat'), verdict(desk, CONTRACTS.review)];

export const testing = (desk: Desk): Reply[] => [bash('npm test'), verdict(desk, CONTRACTS.tests)];

export const staging = (desk: Desk): Reply[] => [
  bash(`curl -s -X POST --data "$(git rev-parse HEAD)" ${desk.stagingUrl}/deploy`),
  verdict(desk, CONTRACTS.staging),
];
