import { asList, asRecord, readJson } from '../../tool.ts';
import { type Advisory, readSeverity } from './advisory.ts';

/** The vulnerabilities in a tool's report; `unreachable` when it says that its feed did not answer; null when unreadable. */
export type AuditReader = (stdout: string) => Advisory[] | 'unreachable' | null;

const text = (value: unknown): string => (value === undefined || value === null ? '' : String(value));
const withUrl = (url: unknown): { url?: string } => (typeof url === 'string' && url ? { url } : {});

/** `npm audit --json` of npm 7 and newer. */
export const readNpm: AuditReader = (stdout) => {
  const report = asRecord(readJson(stdout));
  if (report.vulnerabilities === undefined) return report.error || report.message ? 'unreachable' : null;
  return Object.values(asRecord(report.vulnerabilities)).flatMap((entry) =>
    asList(asRecord(entry).via).flatMap((via) => {
      const { source, name, title, url, severity } = asRecord(via);
      if (source === undefined) return [];
      const base = { package: text(name), id: text(source), title: text(title) };
      return [{ ...base, severity: readSeverity(severity), ...withUrl(url) }];
    }),
  );
};

/** `pnpm audit --json`, in the words of npm 6. */
export const readPnpm: AuditReader = (stdout) => {
  const report = asRecord(readJson(stdout));
  if (report.advisories === undefined) return report.error ? 'unreachable' : null;
  return Object.values(asRecord(report.advisories)).map(readNpm6);
};

/** `yarn audit --json` (one object per line) and `yarn npm audit --json` of newer yarns. */
export const readYarn: AuditReader = (stdout) => {
  const lines = stdout.split('\n').filter((line) => line.trim());
  const objects = lines.map((line) => asRecord(readJson(line)));
  if (objects.some(({ type }) => type === 'error')) return 'unreachable';
  if (objects.some((entry) => Object.keys(entry).length === 0)) return null;
  return objects.flatMap((entry): Advisory[] => {
    if (entry.type === 'auditAdvisory') return [readNpm6(asRecord(entry.data).advisory)];
    const { ID, Issue, URL, Severity } = asRecord(entry.children);
    if (ID === undefined) return [];
    const base = { package: text(entry.value), id: text(ID), title: text(Issue) };
    return [{ ...base, severity: readSeverity(Severity), ...withUrl(URL) }];
  });
};

function readNpm6(entry: unknown): Advisory {
  const { module_name, id, github_advisory_id, title, severity, url } = asRecord(entry);
  const base = { package: text(module_name), id: text(github_advisory_id ?? id), title: text(title) };
  return { ...base, severity: readSeverity(severity), ...withUrl(url) };
}

/** `pip-audit --format json`. */
export const readPip: AuditReader = (stdout) => {
  const report = readJson(stdout);
  const list = Array.isArray(report) ? report : asRecord(report).dependencies;
  if (!Array.isArray(list)) return null;
  return list.flatMap((entry) => {
    const { name, vulns } = asRecord(entry);
    return asList(vulns).map((vuln): Advisory => {
      const { id, description } = asRecord(vuln);
      const title = text(description).split('\n')[0]?.slice(0, 120) ?? '';
      return { package: text(name), id: text(id), severity: 'high', title };
    });
  });
};

/** `cargo audit --json`. */
export const readCargo: AuditReader = (stdout) => {
  const list = asRecord(asRecord(readJson(stdout)).vulnerabilities).list;
  if (!Array.isArray(list)) return null;
  return list.map((entry): Advisory => {
    const { id, package: name, title, url } = asRecord(asRecord(entry).advisory);
    return { package: text(name), id: text(id), severity: 'high', title: text(title), ...withUrl(url) };
  });
};

/** `govulncheck -json`: a stream of objects; a finding names the advisory and the module it was found in. */
export const readGo: AuditReader = (stdout) => {
  const objects = stdout.split(/\n(?=\{)/).map((part) => readJson(part));
  if (objects.some((entry) => entry === undefined)) return null;
  const titles = new Map(
    objects.map((entry) => asRecord(asRecord(entry).osv)).map(({ id, summary }) => [text(id), text(summary)]),
  );
  return objects.flatMap((entry): Advisory[] => {
    const { osv, trace } = asRecord(asRecord(entry).finding);
    if (osv === undefined) return [];
    const module = text(asRecord(asList(trace)[0]).module);
    return [{ package: module, id: text(osv), severity: 'high', title: titles.get(text(osv)) ?? '' }];
  });
};

/** `composer audit --format=json`. */
export const readComposer: AuditReader = (stdout) => {
  const { advisories } = asRecord(readJson(stdout));
  if (advisories === undefined) return null;
  return Object.entries(asRecord(advisories)).flatMap(([name, entries]) =>
    Object.values(entries ?? []).map((entry): Advisory => {
      const { advisoryId, title, link, severity } = asRecord(entry);
      const base = { package: name, id: text(advisoryId), title: text(title) };
      return { ...base, severity: readSeverity(severity), ...withUrl(link) };
    }),
  );
};
