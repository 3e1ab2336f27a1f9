import type { Terminal } from './terminal.js';
import { harmless } from './width.js';

const CELLS = 24;

/** A bar on a terminal; elsewhere one line for each new text. */
export class ProgressBar {
  private last = '';

  constructor(private readonly terminal: Terminal) {}

  /** `percent` null: how much there is to do is not known. */
  show(percent: number | null, text: string): void {
    const line = harmless(text);
    if (this.terminal.isLive) {
      this.terminal.live(`${this.bar(percent)} ${line}`);
    } else if (line !== this.last) {
      this.last = line;
      this.terminal.note(line);
    }
  }

  end(): void {
    if (this.terminal.isLive) this.terminal.clearLive();
  }

  private bar(percent: number | null): string {
    if (percent === null) return '';
    const full = Math.round((CELLS * Math.min(100, Math.max(0, percent))) / 100);
    const bar =
      this.terminal.style('green', '█'.repeat(full)) +
      this.terminal.style('dim', '░'.repeat(CELLS - full));
    return `${bar} ${String(Math.floor(percent)).padStart(3)} %`;
  }
}
