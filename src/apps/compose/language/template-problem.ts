import type { Bilingual } from '../../../platform/i18n/bilingual';

/**
 * What a finding about a template means for the app: `broken` (wrong in itself), `unsupported` (a
 * key that we do not carry out), `forbidden` (understood, refused by policy), `needs-hardware` (this
 * machine lacks what the app needs, another one may have it), `note` (worth saying, the app is usable).
 */
export type ProblemKind = 'broken' | 'unsupported' | 'forbidden' | 'needs-hardware' | 'note';

/** One finding about a template, with the place in the file. */
export interface TemplateProblem {
  readonly kind: ProblemKind;
  /** Short and stable, e.g. `docker-socket`. */
  readonly code: string;
  /** Path of the key, e.g. `services.web.volumes.0`; empty for the file as a whole. */
  readonly key: string;
  /** File name within the app's folder. */
  readonly file: string | null;
  /** 1-based line in that file. */
  readonly line: number | null;
  readonly message: Bilingual;
}

export type AppVerdict = 'usable' | Exclude<ProblemKind, 'note'>;

/** The worst finding decides: broken before unsupported before forbidden before missing hardware. */
export function verdictOf(problems: readonly TemplateProblem[]): AppVerdict {
  for (const kind of ['broken', 'unsupported', 'forbidden', 'needs-hardware'] as const) {
    if (problems.some((problem) => problem.kind === kind)) return kind;
  }
  return 'usable';
}
