import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readlinkSync } from 'node:fs';

/** A process is this process only if all three agree (REC-60): pids are reused, hosts reboot. */
export interface ProcessIdentity {
  pid: number;
  /** Opaque: kernel start ticks on Linux, the start date elsewhere. */
  startTime: string;
  /** Opaque: changes with every boot and differs between containers; `unknown` where the system has none. */
  bootId: string;
}

/** True where `/proc` shows other processes' environments (Linux). */
export const hasProc = (): boolean => existsSync('/proc/self/environ');

/** Identity of the living process `pid`, or null when there is none (a zombie counts as none). */
export function identify(pid: number): ProcessIdentity | null {
  const startTime = hasProc() ? procStartTime(pid) : psStartTime(pid);
  return startTime === null ? null : { pid, startTime, bootId: bootId() };
}

/** True while exactly this process lives; false for another process that got its pid. */
export function isAlive(identity: ProcessIdentity): boolean {
  const now = identify(identity.pid);
  return now !== null && now.startTime === identity.startTime && now.bootId === identity.bootId;
}

function procStartTime(pid: number): string | null {
  const stat = readQuietly(`/proc/${pid}/stat`);
  // The command name may hold spaces and brackets: count fields behind its last bracket.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (!fields || fields[0] === 'Z' || fields[0] === 'X') return null;
  return fields[19] ?? null;
}

function psStartTime(pid: number): string | null {
  try {
    const line = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    return line === '' || line.startsWith('Z') ? null : line.replace(/^\S+\s+/, '');
  } catch {
    return null;
  }
}

/** The boot of the machine alone, as a shell script reads it too. */
export const machineBootOf = ({ bootId }: Pick<ProcessIdentity, 'bootId'>): string =>
  bootId.split('/')[0] as string;

function bootId(): string {
  const boot = readQuietly('/proc/sys/kernel/random/boot_id')?.trim() || 'unknown';
  // Containers on one machine share its boot, and each counts pids for itself.
  const counting = pidNamespace();
  return counting === null || counting === INITIAL_PIDS ? boot : `${boot}/${counting}`;
}

/** The kernel gives this one to the machine itself. */
const INITIAL_PIDS = 'pid:[4026531836]';

function pidNamespace(): string | null {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return null;
  }
}

function readQuietly(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
