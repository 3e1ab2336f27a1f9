/** Only http and https addresses may become links. */
export function webAddress(text: string | null): string | null {
  return text !== null && /^https?:\/\/\S+$/i.test(text.trim()) ? text.trim() : null;
}

/** One text for both languages; null for none. */
export function sameInBoth(text: string | null): { zh: string; en: string } | null {
  const trimmed = text?.trim();
  return trimmed ? { zh: trimmed, en: trimmed } : null;
}

/** A container port, as number or as text; null for anything else. */
export function portOf(value: unknown): number | null {
  const port = /^\d{1,5}$/.test(String(value)) ? Number(value) : 0;
  return port > 0 && port < 65_536 ? port : null;
}
