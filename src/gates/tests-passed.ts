import { CONTRACTS } from '../pipeline/contract.ts';
import { extractTestFindings } from '../pipeline/test-findings.ts';
import { readToken } from '../pipeline/tokens.ts';
import type { GitGate } from './gate.ts';
import { readVerdict } from './read-verdict.ts';
import { failed, noVerdict, passed, refusal } from './results.ts';

const FILE = { file: '13-test-report.md' };

/** `check_tests_passed`: the tokens of 13; a negative one in any field wins (PIPE-66, PIPE-73). */
export const testsPassed: GitGate = async (input, ports) => {
  const read = await readVerdict('13', input, ports);
  if (!read.ok) return read.result;
  const { fields } = read;
  const stated = CONTRACTS.tests.reads.flatMap((key): [string, string][] => {
    const value = fields[key];
    return value === undefined ? [] : [[key, value]];
  });
  if (stated.length === 0) {
    return noVerdict('No machine-readable verdict/status/result in test report frontmatter', FILE);
  }
  const token = readToken(stated.map(([, value]) => value));
  if (!token) {
    const shown = stated.map(([key, value]) => `${key}: ${value}`).join(', ');
    return noVerdict(`No recognized PASS verdict in frontmatter (${shown})`, FILE);
  }
  if (token.sign === 'positive') return passed(`Test verdict: ${token.value} (PASS)`, { fields });
  const { findings, verbatim } = extractTestFindings(read.body, input.attempt);
  return failed(`Test verdict: ${token.value} (${token.word})`, { ...refusal(findings, verbatim), fields });
};
