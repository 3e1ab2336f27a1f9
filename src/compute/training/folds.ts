import { runAtOnce, type Steps } from '../../platform/waiting/steps';
import type { TrainingSet } from './training-set';

/** Records, or patients, that are looked at without a pause: less than a millisecond. */
export const RECORDS_OF_A_STEP = 4_096;

interface Patient {
  readonly pid: number;
  positives: number;
  negatives: number;
}

/**
 * Deals the patients to folds: all records of a patient go to one fold, and each fold gets about
 * the same share of both classes. Greedy, the most lopsided patients first, each to the fold whose
 * class shares it unbalances least. The same records give the same folds in whatever order they come.
 */
export function stratifiedGroupFolds(set: TrainingSet, folds: number): Map<number, number> {
  return runAtOnce(foldingSteps(set, folds));
}

/** The same in steps. */
export function* foldingSteps(set: TrainingSet, folds: number): Steps<Map<number, number>> {
  const patients = new Map<number, Patient>();
  const totals = { positives: 0, negatives: 0 };
  for (let i = 0; i < set.size; i++) {
    const pid = set.pid(i);
    let patient = patients.get(pid);
    if (!patient) patients.set(pid, (patient = { pid, positives: 0, negatives: 0 }));
    if (set.hcc(i)) {
      patient.positives++;
      totals.positives++;
    } else {
      patient.negatives++;
      totals.negatives++;
    }
    if (i % RECORDS_OF_A_STEP === 0) yield;
  }
  const ordered = [...patients.values()].sort(
    (a, b) =>
      Math.abs(b.positives - b.negatives) - Math.abs(a.positives - a.negatives) ||
      b.positives + b.negatives - (a.positives + a.negatives) ||
      scattered(a.pid) - scattered(b.pid) ||
      a.pid - b.pid,
  );
  const shares = Array.from({ length: folds }, () => ({ positives: 0, negatives: 0, records: 0 }));
  const foldOf = new Map<number, number>();
  for (const patient of ordered) {
    const records = patient.positives + patient.negatives;
    let best = 0;
    let bestCost = Infinity;
    for (let f = 0; f < folds; f++) {
      const share = shares[f]!;
      // What putting the patient here adds to the sum over folds of the squared class shares.
      const cost =
        added(share.positives, patient.positives, totals.positives) +
        added(share.negatives, patient.negatives, totals.negatives);
      const smaller = cost === bestCost && share.records < shares[best]!.records;
      if (cost < bestCost || smaller) {
        best = f;
        bestCost = cost;
      }
    }
    const share = shares[best]!;
    share.positives += patient.positives;
    share.negatives += patient.negatives;
    share.records += records;
    foldOf.set(patient.pid, best);
    if (foldOf.size % RECORDS_OF_A_STEP === 0) yield;
  }
  return foldOf;
}

function added(share: number, more: number, total: number): number {
  return total === 0 ? 0 : (2 * share * more + more * more) / (total * total);
}

/** A fixed shuffle of patient ids, so that neighbours in time do not share a fold. */
function scattered(pid: number): number {
  let h = Math.imul((pid % 4294967296) ^ Math.floor(pid / 4294967296), 0x9e3779b1);
  h = Math.imul(h ^ (h >>> 15), 0x85ebca6b);
  return (h ^ (h >>> 13)) >>> 0;
}
