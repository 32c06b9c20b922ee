import type { ForgeLinks } from '../forge/port.ts';
import { workItemDir } from '../pipeline/artefacts.ts';
import type { StepInput } from './step-input.ts';

const TITLE_MAX = 255;

/** A person's words as plain Markdown text: no formatting, no mention, no `closes #7` that a forge would act on. */
const plain = (text: string): string =>
  text
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/[\\`*_{}[\]()<>#+!|~@&$-]/g, '\\$&');

type Named = Pick<StepInput, 'wid' | 'title' | 'branch'> & Partial<Pick<StepInput, 'issueUrl'>>;

/** Title and body of a task's pull request (FORGE-31): one paragraph, documents, tracker issue, trailer. */
export function pullRequestText(
  { wid, title, branch, issueUrl = null }: Named,
  links: Pick<ForgeLinks, 'file'>,
) {
  const dir = workItemDir(wid);
  const documents = links.file({ branch }, dir);
  const lines = [
    `${plain(title)}`,
    '',
    `Documents: ${documents === null ? `\`${dir}/\`` : `[${dir}](${documents})`}`,
    ...(issueUrl === null ? [] : [`Issue: <${issueUrl}>`]),
    '',
    `Work-Item: ${wid}`,
    '',
  ];
  return { title: `${wid}: ${title}`.slice(0, TITLE_MAX), body: lines.join('\n') };
}
