import { createFence, type Fence } from './brief/fence.ts';
import { findingsSection, type OpenFindings } from './brief/findings.ts';
import { type Handoff, handoffSection } from './brief/handoff.ts';
import { type History, historySection, historySize } from './brief/history.ts';

export type { OpenFindings } from './brief/findings.ts';
export type { Handoff } from './brief/handoff.ts';
export type { History } from './brief/history.ts';

/** What a person said, in full (AGENT-9). */
export interface BriefWord {
  /** `answer`, `reject reason`, `note`, … */
  kind: string;
  by: string;
  text: string;
}

export interface BriefInput {
  wid: string;
  repo: string;
  branch: string;
  stage: string;
  attempt: number;
  run: number;
  startSha: string;
  /** Patterns of the role's write scope. */
  write: readonly string[];
  /** Where the project says what everybody must know of it. */
  knowledge: { file: string; branch: string } | null;
  /** How the task goes through the stages before development. */
  track: 'full' | 'bugfix';
  title: string;
  description: string;
  /** Why this run happens, one sentence. */
  note: string;
  words: readonly BriefWord[];
  findings: readonly OpenFindings[];
  history: History;
  handoff: Handoff | null;
  /** The verdict contract of the role, from the shared contract module; empty where it owes none. */
  contract: string;
  /** `ORCH_BRIEF_MAX_BYTES`. */
  maxBytes: number;
  /** 16 random hex digits per call (AGENT-10). */
  nextToken: () => string;
}

export type Brief =
  | { ok: true; text: string }
  /** What may not be cut is too long: the run is not started (AGENT-13). */
  | { ok: false; bytes: number; reason: string };

const FULL_TAIL = 64 * 1024;

/** The whole brief of a fresh run (AGENT-9 to AGENT-13). Pure but for the token. */
export function buildBrief(input: BriefInput): Brief {
  const fence = createFence(input.nextToken, textsOf(input));
  let bytes = 0;
  for (const cut of cuts(historySize(input.history))) {
    const text = render(input, fence, cut);
    bytes = Buffer.byteLength(text);
    if (bytes <= input.maxBytes) return { ok: true, text };
  }
  return {
    ok: false,
    bytes,
    reason: `The brief needs ${bytes} bytes without history and logs; ORCH_BRIEF_MAX_BYTES allows ${input.maxBytes}.`,
  };
}

/** The short message of a resumed run (AGENT-40): reason, new facts, verdict contract. */
export function buildResumeMessage(
  input: Pick<
    BriefInput,
    | 'wid'
    | 'repo'
    | 'branch'
    | 'stage'
    | 'attempt'
    | 'run'
    | 'startSha'
    | 'write'
    | 'knowledge'
    | 'track'
    | 'note'
    | 'words'
    | 'findings'
    | 'contract'
    | 'nextToken'
  >,
): string {
  const texts = [...input.words.map((word) => word.text), ...input.findings.flatMap(findingTexts)];
  const fence = createFence(input.nextToken, texts);
  return assemble([
    headerOf(input),
    `Note: ${oneLine(input.note)}`,
    'You continue your earlier session in the same worktree. Finish the work of this stage.',
    wordsSection(input.words, fence),
    findingsSection(input.findings, fence, FULL_TAIL),
    contractSection(input.contract),
  ]);
}

interface Cut {
  dropHistory: number;
  tailChars: number;
}

/** Ever shorter renderings: the oldest history goes first, then the log tails shrink (AGENT-13). */
function* cuts(historyEntries: number): Generator<Cut> {
  for (let drop = 0; drop <= historyEntries; drop++) yield { dropHistory: drop, tailChars: FULL_TAIL };
  for (let tail = FULL_TAIL / 2; tail >= 256; tail = Math.floor(tail / 2)) {
    yield { dropHistory: historyEntries, tailChars: tail };
  }
  yield { dropHistory: historyEntries, tailChars: 0 };
}

function render(input: BriefInput, fence: Fence, cut: Cut): string {
  return assemble([
    headerOf(input),
    `Title: ${oneLine(input.title)}\n\nDescription:\n${fence('task description', input.description)}`,
    `Note: ${oneLine(input.note)}`,
    wordsSection(input.words, fence),
    findingsSection(input.findings, fence, cut.tailChars),
    historySection(input.history, fence, cut.dropHistory),
    handoffSection(input.handoff, fence),
    contractSection(input.contract),
  ]);
}

type Header = Pick<
  BriefInput,
  'wid' | 'repo' | 'branch' | 'stage' | 'attempt' | 'run' | 'startSha' | 'write' | 'knowledge' | 'track'
>;

function headerOf(input: Header): string {
  return [
    `Work item: ${input.wid}`,
    `Repo: ${input.repo}`,
    `Branch: ${input.branch}`,
    `Stage: ${input.stage}`,
    `Attempt: ${input.attempt} (run ${input.run})`,
    `Commit: ${input.startSha}`,
    // Said only where it changes what a role does.
    ...(input.track === 'full' ? [] : [`Track: ${input.track}`]),
    `Write: ${input.write.join(', ')}`,
    ...knowledgeLine(input.knowledge),
  ].join('\n');
}

/** Names the commit that landed, which a plan made before the merge cannot know (SHIP-130). */
export const withLanded = (brief: string, landedSha: string): string =>
  brief.replace(/^Commit: .*$/m, (line) => `${line}\nLanded: ${landedSha}`);

/** Read from the base branch: what a task branch says there is a proposal, not yet knowledge. */
const knowledgeLine = (knowledge: BriefInput['knowledge']): string[] =>
  knowledge === null
    ? []
    : [
        `Knowledge: ${knowledge.file} (read it, where it exists: git show origin/${knowledge.branch}:${knowledge.file})`,
      ];

function wordsSection(words: readonly BriefWord[], fence: Fence): string {
  if (words.length === 0) return '';
  const blocks = words.map((word) => fence(`${word.kind} by ${oneLine(word.by)}`, word.text));
  return ['## What people said', 'Decisions of people come before everything else.', ...blocks].join('\n\n');
}

const contractSection = (contract: string): string =>
  contract === '' ? '' : `## Your verdict\n\n${contract.trim()}`;

const assemble = (sections: readonly string[]): string =>
  `${sections.filter((section) => section !== '').join('\n\n')}\n`;

/** A title is one line: a line feed in it must not look like a header of ours. */
const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();

const findingTexts = (group: OpenFindings): string[] => [
  group.verbatim,
  group.logTail ?? '',
  ...group.items.map((item) => item.text),
];

function textsOf(input: BriefInput): string[] {
  return [
    input.description,
    ...input.words.map((word) => word.text),
    ...input.findings.flatMap(findingTexts),
    JSON.stringify(input.history),
    JSON.stringify(input.handoff),
  ];
}
