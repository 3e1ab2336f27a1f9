/**
 * Confirmed records in memory, 13 bytes each, so that two million fit into some 30 MB.
 */
export class TrainingSet {
  private capacity = 1024;
  private patients = new Float64Array(this.capacity);
  private lengths = new Uint16Array(this.capacity);
  private sites = new Uint16Array(this.capacity);
  private outcomes = new Uint8Array(this.capacity);
  private count = 0;

  get size(): number {
    return this.count;
  }

  add(pid: number, ctdna: number, cpg: number, hcc: boolean): void {
    if (this.count === this.capacity) this.grow();
    const i = this.count++;
    this.patients[i] = pid;
    this.lengths[i] = ctdna;
    this.sites[i] = cpg;
    this.outcomes[i] = hcc ? 1 : 0;
  }

  pid(i: number): number {
    return this.patients[i]!;
  }
  ctdna(i: number): number {
    return this.lengths[i]!;
  }
  cpg(i: number): number {
    return this.sites[i]!;
  }
  hcc(i: number): boolean {
    return this.outcomes[i] === 1;
  }

  private grow(): void {
    this.capacity *= 2;
    const copy = <T extends Float64Array | Uint16Array | Uint8Array>(from: T, to: T): T => {
      to.set(from);
      return to;
    };
    this.patients = copy(this.patients, new Float64Array(this.capacity));
    this.lengths = copy(this.lengths, new Uint16Array(this.capacity));
    this.sites = copy(this.sites, new Uint16Array(this.capacity));
    this.outcomes = copy(this.outcomes, new Uint8Array(this.capacity));
  }
}
