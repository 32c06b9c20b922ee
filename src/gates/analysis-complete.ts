import { type ArtefactId, artefactPath } from '../pipeline/artefacts.ts';
import type { AnalysisSize } from '../pipeline/complexity.ts';
import type { GateResult } from '../pipeline/verdict.ts';
import type { GateInput, GitGate } from './gate.ts';
import type { GitPorts } from './ports.ts';
import { attemptRange, readVerdict } from './read-verdict.ts';
import { failed, passed } from './results.ts';
import { readTestPlan } from './test-plan.ts';

const REQUIRED = ['01', '02', '03', '04'] as const satisfies readonly ArtefactId[];

/** `check_analysis_complete`: complete, questions, or empty (PIPE-26, PIPE-68). Complete wins over questions. */
export const analysisComplete: GitGate = async (input, ports) => {
  const range = attemptRange(input);
  if ('outcome' in range) return range;
  const { problems, size } = await inspect(input, ports, range);
  const questions = await openQuestions(input, ports);
  if (problems.length === 0) return passed('analysis complete', { ...questionEvidence(questions), ...size });
  if (questions) return needsInput(questions);
  return failed(`analysis is empty: ${problems.join('; ')}`, { problems });
};

interface Questions {
  count: number;
  items: string[];
  text: string;
}

const questionEvidence = (asked: Questions | null) => ({
  questions: asked?.count ?? 0,
  items: asked?.items ?? [],
  text: asked?.text ?? '',
});

const needsInput = (asked: Questions): GateResult => ({
  outcome: 'needs-input',
  reason: asked.count === 1 ? '1 question' : `${asked.count} questions`,
  evidence: questionEvidence(asked),
});

/** What is missing, and how much the analysis asks for. */
async function inspect(
  input: GateInput,
  ports: GitPorts,
  range: { startSha: string; headSha: string },
): Promise<{ problems: string[]; size: AnalysisSize }> {
  const { mirror } = ports.workspace;
  const paths = REQUIRED.map((id) => artefactPath(input.wid, id));
  const texts = await Promise.all(paths.map((path) => mirror.readFile(range.headSha, path)));
  const problems = paths.flatMap((path, index) => {
    const name = path.slice(path.lastIndexOf('/') + 1);
    const text = texts[index] ?? null;
    if (text === null) return [`${name} not found`];
    return text.trim() === '' ? [`${name} is empty`] : [];
  });
  const criteria = new Set(texts[2]?.match(/\bAC-\d+/g)).size;
  const plan = readTestPlan(texts[3] ?? '');
  const size = { criteria, tests: plan.tests?.length ?? 0 };
  if (problems.length > 0) return { problems, size };
  if (!texts[2]?.includes('AC-')) problems.push('03-acceptance-criteria.md has no AC-');
  if (plan.problem) problems.push(plan.problem);
  else if (size.tests === 0) problems.push('04-test-plan.yaml has no tests');
  const changed = new Set((await mirror.changedPaths(range.startSha, range.headSha)).map(({ path }) => path));
  if (!paths.some((path) => changed.has(path))) problems.push('none of 01–04 changed in this attempt');
  return { problems, size };
}

/** A fresh 05 with at least one question; null otherwise. */
async function openQuestions(input: GateInput, ports: GitPorts): Promise<Questions | null> {
  const read = await readVerdict('05', input, ports);
  if (!read.ok) return null;
  const items = read.body.split(/^(?=\s{0,3}\d+[.)]\s)/m).filter((part) => /^\s{0,3}\d+[.)]\s/.test(part));
  const stated = read.fields.questions;
  const count = stated === undefined ? items.length : /^\d+$/.test(stated) ? Number(stated) : 0;
  return count > 0 ? { count, items: items.map((item) => item.trim()), text: read.body.trim() } : null;
}
