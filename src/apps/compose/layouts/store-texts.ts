import { bilingual, type Bilingual } from '../../../platform/i18n/bilingual';

/** The sentence for a file of which a parser says why it cannot read it. */
export function cannotRead(format: 'YAML' | 'JSON' | 'TOML', why: string): Bilingual {
  return bilingual(`${format} 无法读取：${why}`, `the ${format} cannot be read: ${why}`);
}

/** Only http and https addresses may become links. */
export function webAddress(text: string | null): string | null {
  return text !== null && /^https?:\/\/\S+$/i.test(text.trim()) ? text.trim() : null;
}

/** One text for both languages; null for none. */
export function sameInBoth(text: string | null): Bilingual | null {
  const trimmed = text?.trim();
  return trimmed ? bilingual(trimmed, trimmed) : null;
}

/** A container port, as number or as text; null for anything else. */
export function portOf(value: unknown): number | null {
  const port = /^\d{1,5}$/.test(String(value)) ? Number(value) : 0;
  return port > 0 && port < 65_536 ? port : null;
}
