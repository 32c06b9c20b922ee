import { renderIncidents } from './incidents/render.ts';
import { renderImportLaw } from './law/render.ts';

/** A page of `docs/` that is written by a program, never by hand. */
export interface RenderedDoc {
  /** Relative to the repository. */
  path: string;
  /** The whole text of the page, without the note that it is rendered. */
  render: () => Promise<string>;
}

/**
 * Every rendered page. `npm run docs` writes them, `npm run check` fails when one is not current. To add one:
 * `{ path: 'docs/reference/x.md', render: async () => (await import('../src/…')).renderX() }`.
 */
export const renderedDocs: readonly RenderedDoc[] = [
  { path: 'docs/reference/import-law.md', render: async () => renderImportLaw() },
  { path: 'docs/reference/incidents.md', render: renderIncidents },
  {
    path: 'docs/reference/stages.md',
    render: async () => (await import('../src/pipeline/reference.ts')).renderStages(),
  },
  {
    path: 'docs/reference/settings.md',
    render: async () => (await import('../src/config/reference.ts')).renderSettingsReference(),
  },
  {
    path: '.env.example',
    render: async () => (await import('../src/config/reference.ts')).renderEnvTemplate(),
  },
  {
    path: 'docs/reference/projects.schema.json',
    render: async () => (await import('../src/config/registry-schema.ts')).renderRegistryJsonSchema(),
  },
  {
    path: 'docs/reference/cli.md',
    render: async () => (await import('../src/cli/reference.ts')).renderCliReference(),
  },
  {
    path: 'docs/reference/doctor.md',
    render: async () => (await import('../src/cli/checks/reference.ts')).renderDoctorReference(),
  },
];
