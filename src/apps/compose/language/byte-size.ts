const powers = ['', 'k', 'm', 'g', 't', 'p'];

/** Bytes of a Compose size such as `512m`, `1.5gb`, `2GiB` or `1024` (units are powers of 1024); null where it is none. */
export function parseByteSize(text: string): number | null {
  const found = /^(\d+(?:\.\d+)?) ?([kmgtp]?)i?b?$/i.exec(text.trim());
  if (!found) return null;
  const bytes = Number(found[1]) * 1024 ** powers.indexOf((found[2] ?? '').toLowerCase());
  return Number.isSafeInteger(Math.floor(bytes)) ? Math.floor(bytes) : null;
}
