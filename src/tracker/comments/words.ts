import type { RejectReason } from '../../pipeline/events.ts';
import type { BlockCause, BounceCause, Role } from '../../pipeline/stages.ts';
import { EN } from './words-en.ts';
import { RU } from './words-ru.ts';

export type Lang = 'en' | 'ru';

/** Every text of the engine's comments in one language (PLANE-48). Values come in escaped. */
export interface Words {
  verdict: string;
  status: string;
  duration: string;
  documents: string;
  analystDone(state: { approved: string | null; rejected: string | null }): string;
  roleDone: Readonly<Record<Exclude<Role, 'analyst' | 'deployer'> | 'deploy-staging' | 'deploy', string>>;
  specification: string;
  questions: { title: string; howTo(toAnalyse: string | null): string };
  started: string;
  empty: string;
  relaunched(role: string): string;
  stage(move: { old: string; next: string; role: string | null }): string;
  gateFailed(at: { stage: string; check: string; reason: string }): string;
  conflict(reason: string): string;
  rollback(back: { what: string; reason: string; n: string; max: string }): string;
  rollbackCauses: Readonly<Record<BounceCause | 'retest', string>>;
  stagingFailed(reason: string): string;
  deployFailed(reason: string): string;
  rejectedAtAnalysis(reason: string): string;
  rejected(back: { old: string; prev: string; role: string; reason: string }): string;
  noReason: string;
  blocked(at: { stage: string; reason: string; action: string }): string;
  actions: Readonly<Record<BlockCause | 'other', string>>;
  approvedBy(actor: string): string;
  confirmedBy(sha: string, actor: string): string;
  autoApproved(label: string): string;
  autoConfirmed(sha: string, label: string): string;
  confirm(ask: { merge: boolean; sha: string; time: string; state: string | null }): string;
  confirmVoid(reason: string): string;
  hold(reason: string): string;
  done: string;
  doneMerged: string;
  watch(state: string, reason: string): string;
  stopped(archive: string | null): string;
  ignored(status: string, reason: string): string;
  ignoredReasons: Readonly<Record<RejectReason, string>>;
  intakeTitle: string;
  titleShort(n: number, min: number): string;
  titleLong(n: number, max: number): string;
  descriptionShort(n: number, min: number): string;
  total: string;
  in: string;
  out: string;
}

export const WORDS: Readonly<Record<Lang, Words>> = { en: EN, ru: RU };
