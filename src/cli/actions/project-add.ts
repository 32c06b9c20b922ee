import { AppError } from '../../errors.ts';
import type { Project } from '../../pipeline/project.ts';
import { canAsk, createAsking } from '../asking.ts';
import type { CliContext, Flags } from '../context.ts';
import { createPrinter, type Printer } from '../output/printer.ts';
import { changing, isNotRunning } from '../running.ts';
import { loadSettings } from '../settings.ts';
import { renderAgentsFile } from '../wizard/agents-file.ts';
import { deliveryHints, detectEcosystem, type Ecosystem } from '../wizard/ecosystems.ts';
import { type ProjectWishes, type ProposedEntry, proposeEntry } from '../wizard/proposal.ts';
import { type Proposed, proposeDocuments } from '../wizard/pull-request.ts';
import { addEntry, registryFileOf } from '../wizard/registry-file.ts';
import { type FoundRepository, findRepository } from '../wizard/repository.ts';

export interface ProjectAddOptions extends ProjectWishes {
  yes: boolean;
  /** Open a pull request with the documents that agents need. */
  pr: boolean;
}

interface Result {
  ok: boolean;
  entry: ProposedEntry;
  file: string;
  ecosystem: string;
  pull_request: Proposed | null;
  /** Whether the running control process knows it already. */
  reloaded: boolean;
  hints: readonly string[];
}

/** `project add`: an existing repository in one step; nothing is written unless the registry is valid with it. */
export async function addProject(
  context: CliContext,
  flags: Flags,
  { source, options }: { source: string; options: ProjectAddOptions },
): Promise<number> {
  const loaded = loadSettings(context, flags);
  const file = registryFileOf(loaded);
  const found = await findRepository(context, source);
  const ecosystem = detectEcosystem(found.sight);
  const entry = await settle(context, flags, {
    options,
    ecosystem,
    entry: proposeEntry({
      found,
      ecosystem,
      wishes: options,
      forge: loaded.config.forge.giteaUrl === undefined ? 'local' : 'gitea',
      defaultBranch: loaded.config.forge.baseBranch,
      taken: loaded.projects.map(({ prefix }) => prefix),
    }),
  });
  const after = addEntry(context, flags, { file, entry });
  const project = after.projects.find(({ repo }) => repo === entry.repo) as Project;
  const proposed = options.pr ? await propose(context, after, { found, ecosystem, entry, project }) : null;
  const reloaded = await reload(context, flags);
  const ok = proposed?.kind !== 'failed';
  const hints = deliveryHints(found.sight);
  const result: Result = {
    ok,
    entry,
    file,
    ecosystem: ecosystem.name,
    pull_request: proposed,
    reloaded,
    hints,
  };
  const printer = createPrinter(context);
  if (flags.json) printer.json(result);
  else say(printer, result);
  return ok ? 0 : 1;
}

interface Settling {
  options: ProjectAddOptions;
  ecosystem: Ecosystem;
  entry: ProposedEntry;
}

/** Lets a person change what was proposed; without one it is taken as it is. */
async function settle(
  context: CliContext,
  flags: Flags,
  { options, ecosystem, entry }: Settling,
): Promise<ProposedEntry> {
  if (options.yes || flags.json || !canAsk(context)) return entry;
  const asking = createAsking(context);
  const prefix = await asking.text('Prefix of work items', { initial: entry.prefix });
  const checks = await asking.text(`Command that checks everything (${ecosystem.name}; "none" for none)`, {
    initial: String(entry.checks),
  });
  const setup = await asking.text('Command that prepares a fresh clone ("none" for none)', {
    initial: String(entry.setup ?? 'none'),
  });
  const { setup: _, ...rest } = entry;
  const settled = { ...rest, prefix, checks, ...(setup === 'none' ? {} : { setup }) };
  createPrinter(context).note(JSON.stringify(settled, null, 2));
  if (await asking.confirm('Add this project?')) return settled;
  throw new AppError('cancelled', 'Stopped; nothing was changed.', { fault: 'user' });
}

interface Proposing {
  found: FoundRepository;
  ecosystem: Ecosystem;
  entry: ProposedEntry;
  project: Project;
}

async function propose(
  context: CliContext,
  loaded: Parameters<typeof proposeDocuments>[1],
  { found, ecosystem, entry, project }: Proposing,
): Promise<Proposed> {
  const { knowledgeFile } = project;
  if (knowledgeFile === 'none') return { kind: 'nothing' };
  return proposeDocuments(context, loaded, {
    project,
    files: { [knowledgeFile]: renderAgentsFile(found, ecosystem, entry) },
    title: `docs: tell agents about ${entry.repo}`,
    body: `\`${knowledgeFile}\` is what agents read before they work here, and what the reviewer keeps true. Please correct what was guessed wrong.`,
  });
}

/** A control process that runs takes it over at once (REG-6). */
async function reload(context: CliContext, flags: Flags): Promise<boolean> {
  try {
    await changing(context, flags).call('POST', '/reload', {});
    return true;
  } catch (error) {
    if (isNotRunning(error)) return false;
    throw error;
  }
}

function say(printer: Printer, { entry, file, ecosystem, pull_request: pr, reloaded, hints }: Result): void {
  const checks =
    entry.checks === 'none'
      ? 'no check command was found: set checks, or nothing is verified'
      : `checked by \`${String(entry.checks)}\``;
  printer.lines([
    `+ ${entry.repo} (${entry.prefix}) in ${file}: ${ecosystem}, ${checks}`,
    ...(pr === null ? [] : [documentsLine(pr)]),
    ...hints.map((hint) => `! ${hint}`),
    reloaded ? '✓ the running control process knows it' : 'Next: orchestrator start',
    `Then: orchestrator task new --project ${entry.repo} --title "…" --description "…"`,
  ]);
}

function documentsLine(pr: Proposed): string {
  if (pr.kind === 'nothing') return '✓ the repository tells agents already what they need';
  if (pr.kind === 'failed') return `✗ no pull request with documents for agents: ${pr.reason}`;
  return `+ pull request #${pr.number} with documents for agents${pr.url === null ? ` on ${pr.branch}` : `: ${pr.url}`}`;
}
