/** Numbers from a seed (mulberry32): the same seed gives the same plan of faults. */
export class SeededRandom {
  constructor(private state: number) {}

  /** From 0 to 1, without 1. */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  between(from: number, to: number): number {
    return Math.floor(from + this.next() * (to - from + 1));
  }

  pick<T>(values: readonly T[]): T {
    return values[this.between(0, values.length - 1)] as T;
  }

  /** So many of the values in random order, each of them once before any comes again. */
  draw<T>(values: readonly T[], count: number): T[] {
    const drawn: T[] = [];
    for (let deck: T[] = []; drawn.length < count;) {
      if (deck.length === 0) deck = [...values];
      drawn.push(...deck.splice(this.between(0, deck.length - 1), 1));
    }
    return drawn;
  }
}
