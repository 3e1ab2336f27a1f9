import fc from 'fast-check';
import type { AppVerdict } from '../../../src/apps/compose/language/template-problem';
import type { EscapeArena, HostileApp } from './arena';
import { appOf, hostileApps } from './hostile-templates';
import { atomsFor, type Atom } from './hostile-values';
import { Judge } from './judge';

export interface HuntOptions {
  readonly seed: number;
  /** About so many of the things that templates are made of; absent: all. */
  readonly things?: number;
  /** How many templates are made up and judged, beside those that say one thing alone. */
  readonly judged: number;
  /** Percent of them made of things that are accepted alone. */
  readonly shareOfAccepted: number;
  /** At most so many usable ones are let in, and so many others are tried at the server. */
  readonly installs: number;
  readonly refusals: number;
  /** Apps that are let in at the same time. */
  readonly parallel: number;
}

export interface Hunt {
  readonly atoms: number;
  readonly accepted: number;
  readonly verdicts: Readonly<Partial<Record<AppVerdict, number>>>;
  /** Different usable templates that went through every phase, and in how many of these phases one ran. */
  readonly letIn: number;
  readonly ran: Readonly<Record<string, number>>;
  /** Why the first install of the others did not run. */
  readonly failures: Readonly<Record<string, number>>;
  readonly refused: number;
  /** What got out, each with its template. */
  readonly escapes: readonly string[];
}

/** Makes up hostile templates, judges them and lets every usable one in through every phase. */
export async function hunt(arena: EscapeArena, options: HuntOptions): Promise<Hunt> {
  const judge = await Judge.start(arena.lab.prefix);
  try {
    return await huntWith(arena, judge, options);
  } finally {
    await judge.close();
  }
}

async function huntWith(arena: EscapeArena, judge: Judge, options: HuntOptions): Promise<Hunt> {
  const { image, targets } = arena;
  const { seed, judged, shareOfAccepted, installs, refusals, parallel } = options;
  const all = atomsFor(targets, seed);
  const every = Math.max(1, Math.floor(all.length / (options.things ?? all.length)));
  const atoms = all.filter((_, index) => index % every === 0);
  const accepted: Atom[] = [];
  for (const atom of atoms) {
    if ((await judge.verdict(appOf(image, targets, [atom]))) === 'usable') accepted.push(atom);
  }
  const apps = fc.sample(hostileApps(image, targets, atoms, accepted, shareOfAccepted), {
    numRuns: judged,
    seed,
  });
  console.log(`${atoms.length} things, ${accepted.length} of them accepted alone`);
  const verdicts: Partial<Record<AppVerdict, number>> = {};
  const usable = new Map<string, HostileApp>();
  const others = new Map<string, HostileApp>();
  for (const app of apps) {
    const verdict = await judge.verdict(app);
    verdicts[verdict] = (verdicts[verdict] ?? 0) + 1;
    (verdict === 'usable' ? usable : others).set(JSON.stringify(app), app);
  }
  const escapes: string[] = [];
  const ran: Record<string, number> = {};
  const failures: Record<string, number> = {};
  const waiting = [...usable.values()].slice(0, installs);
  const letIn = waiting.length;
  await Promise.all(
    Array.from({ length: parallel }, async (_, lane) => {
      for (let app = waiting.shift(); app !== undefined; app = waiting.shift()) {
        const visit = await arena.letIn(`stranger${lane}`, app);
        if (visit.failure !== null) failures[visit.failure] = (failures[visit.failure] ?? 0) + 1;
        for (const phase of visit.ran) ran[phase] = (ran[phase] ?? 0) + 1;
        for (const what of visit.reached) escapes.push(`${what}\n${JSON.stringify(app)}`);
        const done = letIn - waiting.length;
        if (done % 20 === 0) console.log(`${done} of ${letIn} let in, ${escapes.length} escapes`);
      }
    }),
  );
  const tried = [...others.values()].slice(0, refusals);
  for (const app of tried) {
    for (const what of await arena.refuse('refused', app))
      escapes.push(`${what}\n${JSON.stringify(app)}`);
  }
  return {
    atoms: atoms.length,
    accepted: accepted.length,
    verdicts,
    letIn,
    ran,
    failures,
    refused: tried.length,
    escapes,
  };
}
