// Reads the brief the engine sends on stdin.

export async function readBrief() {
  process.stdin.setEncoding('utf8');
  let text = '';
  for await (const chunk of process.stdin) text += chunk;
  return parseBrief(text);
}

export function parseBrief(text) {
  const field = (name) => new RegExp(`^${name}: (.*)$`, 'm').exec(text)?.[1]?.trim() ?? '';
  const wid = field('Work item');
  return {
    text,
    wid,
    dir: `docs/work-items/${wid}`,
    branch: field('Branch'),
    stage: field('Stage'),
    /** Said only where it is not the full one. */
    track: field('Track') || 'full',
    attempt: Number.parseInt(field('Attempt'), 10) || 1,
    commit: field('Commit'),
    /** At `deploy`: what is on main now. */
    landed: field('Landed'),
    title: field('Title'),
    description: dataBlock(text, 'task description'),
    /** Ids of the open findings, each once. */
    findings: [...new Set(/^## Open findings$([\s\S]*)/m.exec(text)?.[1]?.match(FINDING_ID) ?? [])],
    /** What people said about the task, oldest first. */
    words: [...text.matchAll(PEOPLE)].map((match) => match[2].trim()),
    answered: /^<<<DATA [0-9a-f]{16} answer by /m.test(text),
  };
}

const PEOPLE = /^<<<DATA ([0-9a-f]{16}) \w+ by .*\n([\s\S]*?)\n>>>DATA \1$/gm;
const FINDING_ID = /\b(?:REV|PR|TEST|CI|SEC|MERGE|IMG|STAGE|DEPLOY|HUMAN)-\d+-\d+\b/g;

function dataBlock(text, title) {
  const open = new RegExp(`^<<<DATA ([0-9a-f]{16}) ${title}$`, 'm').exec(text);
  if (!open) return '';
  const from = open.index + open[0].length + 1;
  const end = text.indexOf(`\n>>>DATA ${open[1]}`, from - 1);
  return text.slice(from, end < 0 ? undefined : end).trim();
}
