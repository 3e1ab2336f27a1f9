/** The two languages of every message; Chinese is the default, as in both source documents. */
export type Language = 'zh' | 'en';

/** A text in both languages. Being one type, a missing translation does not compile. */
export interface Bilingual {
  readonly zh: string;
  readonly en: string;
}

export function bilingual(zh: string, en: string): Bilingual {
  return { zh, en };
}

/**
 * Picks the language of an answer from an `Accept-Language` header.
 * The entry with the highest quality that names Chinese or English wins; anything else means `fallback`.
 */
export function languageOf(
  acceptLanguage: string | undefined,
  fallback: Language = 'zh',
): Language {
  if (!acceptLanguage) return fallback;
  let best: { language: Language; quality: number } | null = null;
  for (const entry of acceptLanguage.slice(0, 200).split(',')) {
    const [tag = '', ...parameters] = entry.trim().toLowerCase().split(';');
    const language = tag.startsWith('zh') ? 'zh' : tag.startsWith('en') ? 'en' : null;
    if (!language) continue;
    const q = parameters.map((p) => p.trim()).find((p) => p.startsWith('q='));
    const quality = q ? Number(q.slice(2)) : 1;
    if (!(quality > 0 && quality <= 1)) continue;
    if (!best || quality > best.quality) best = { language, quality };
  }
  return best?.language ?? fallback;
}
