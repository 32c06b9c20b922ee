/** What a repository shows at its top level. */
export interface RepoSight {
  /** Names of the top level; directories without a slash. */
  names: readonly string[];
  /** Text of a file of the top level; null when there is none. */
  read(name: string): string | null;
}

/** How a repository of this kind is prepared and checked. */
export interface Ecosystem {
  name: string;
  setup: string | null;
  /** Null: none was found; a person has to name one. */
  checks: string | null;
}

interface Kind {
  name: string;
  /** Any of these says so; `*.x` is by ending. */
  marks: readonly string[];
  of(sight: RepoSight): Omit<Ecosystem, 'name'>;
}

const has = ({ names }: RepoSight, mark: string): boolean =>
  mark.startsWith('*') ? names.some((name) => name.endsWith(mark.slice(1))) : names.includes(mark);

/** Scripts of a JSON manifest; none when it cannot be read. */
function scriptsOf(sight: RepoSight, file: string): Record<string, unknown> {
  try {
    return (JSON.parse(sight.read(file) ?? '{}') as { scripts?: Record<string, unknown> }).scripts ?? {};
  } catch {
    return {};
  }
}

const fixed = (setup: string | null, checks: string | null) => () => ({ setup, checks });

/** The manager whose lock file is there, and its exact installation. */
const NODE_MANAGERS = [
  ['pnpm-lock.yaml', 'pnpm', 'pnpm install --frozen-lockfile'],
  ['yarn.lock', 'yarn', 'yarn install --immutable'],
  ['bun.lock', 'bun', 'bun install --frozen-lockfile'],
  ['package-lock.json', 'npm', 'npm ci'],
] as const;

function node(sight: RepoSight): Omit<Ecosystem, 'name'> {
  const [, manager, setup] = NODE_MANAGERS.find(([lock]) => has(sight, lock)) ?? [null, 'npm', 'npm install'];
  const { test } = scriptsOf(sight, 'package.json');
  // What `npm init` writes is no test.
  const real = typeof test === 'string' && !test.includes('no test specified');
  return { setup, checks: real ? `${manager} ${manager === 'bun' ? 'run ' : ''}test` : null };
}

function python(sight: RepoSight): Omit<Ecosystem, 'name'> {
  if (has(sight, 'uv.lock')) return { setup: 'uv sync', checks: 'uv run pytest' };
  if (has(sight, 'poetry.lock')) return { setup: 'poetry install', checks: 'poetry run pytest' };
  return { setup: null, checks: 'python3 -m pytest' };
}

const wrapper = (sight: RepoSight, own: string, else_: string): string =>
  has(sight, own) ? `./${own}` : else_;

const KINDS: readonly Kind[] = [
  { name: 'Node.js', marks: ['package.json'], of: node },
  { name: 'Deno', marks: ['deno.json', 'deno.jsonc'], of: fixed(null, 'deno test') },
  { name: 'Rust', marks: ['Cargo.toml'], of: fixed(null, 'cargo test') },
  { name: 'Go', marks: ['go.mod'], of: fixed(null, 'go test ./...') },
  { name: 'Python', marks: ['pyproject.toml', 'setup.py', 'requirements.txt'], of: python },
  {
    name: 'Java (Maven)',
    marks: ['pom.xml'],
    of: (sight) => ({ setup: null, checks: `${wrapper(sight, 'mvnw', 'mvn')} -q verify` }),
  },
  {
    name: 'Java or Kotlin (Gradle)',
    marks: ['build.gradle', 'build.gradle.kts'],
    of: (sight) => ({ setup: null, checks: `${wrapper(sight, 'gradlew', 'gradle')} check` }),
  },
  { name: '.NET', marks: ['*.sln', '*.csproj', '*.fsproj'], of: fixed(null, 'dotnet test') },
  {
    name: 'Ruby',
    marks: ['Gemfile'],
    of: (sight) => ({
      setup: 'bundle install',
      checks: `bundle exec ${has(sight, 'spec') ? 'rspec' : 'rake test'}`,
    }),
  },
  {
    name: 'PHP',
    marks: ['composer.json'],
    of: (sight) => ({
      setup: 'composer install',
      checks: 'test' in scriptsOf(sight, 'composer.json') ? 'composer test' : null,
    }),
  },
  { name: 'Elixir', marks: ['mix.exs'], of: fixed('mix deps.get', 'mix test') },
];

/** Targets of a Makefile that check something, best first. */
const MAKE_TARGETS = ['check', 'test'] as const;

function made(sight: RepoSight): string | null {
  const target = MAKE_TARGETS.find((name) =>
    new RegExp(`^${name}\\s*:`, 'm').test(sight.read('Makefile') ?? ''),
  );
  return target === undefined ? null : `make ${target}`;
}

/** The first kind whose marks are there; a Makefile fills in a missing check. */
export function detectEcosystem(sight: RepoSight): Ecosystem {
  const kind = KINDS.find(({ marks }) => marks.some((mark) => has(sight, mark)));
  const found = kind === undefined ? { setup: null, checks: null } : kind.of(sight);
  return { name: kind?.name ?? 'unknown', setup: found.setup, checks: found.checks ?? made(sight) };
}

const DEPLOY_SCRIPTS = ['deploy.sh', 'ops', 'deploy', 'scripts'] as const;

/** What a person may want to declare later; nothing of it is guessed into the registry. */
export function deliveryHints(sight: RepoSight): string[] {
  const script = DEPLOY_SCRIPTS.find((name) => has(sight, name));
  return [
    ...(script === undefined
      ? []
      : [
          `"${script}" may hold a deploy script: declare it with deploy: "hook" and deploy_hook, with health`,
        ]),
    ...(has(sight, 'Dockerfile')
      ? ['there is a Dockerfile: declare image with name and build to prove what runs']
      : []),
  ];
}
