/** In Unicode code points. */
export const MAX_USER_NAME_LENGTH = 64;

const ALLOWED = /^[\p{L}\p{M}\p{Nd}_.\-@]+$/u;
// Letters by category, yet invisible (Hangul fillers and the like): a name must be seen.
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/u;
const STARTS_WITH_MARK = /^\p{M}/u;

/** A user name in the three forms that matter. */
export interface UserName {
  /** As it is shown: what was typed, in Unicode's composed form (NFC). */
  readonly shown: string;
  /** What signing in looks for: compatibility forms and case folded away. */
  readonly key: string;
  /**
   * What registering compares as well: look-alike letters of Cyrillic and Greek read as Latin, so
   * that `admin` with a Cyrillic `а` is refused. Never used for signing in.
   */
  readonly skeleton: string;
}

/** The name in its forms, or null when it breaks the rules. */
export function parseUserName(text: string): UserName | null {
  if (text.length > MAX_USER_NAME_LENGTH * 2) return null;
  const shown = text.normalize('NFC');
  if (!isAllowed(shown) || [...shown].length > MAX_USER_NAME_LENGTH) return null;
  const key = foldCase(shown);
  // Compatibility forms may hide a space or a bracket, e.g. in Arabic ligatures.
  if (!isAllowed(key) || [...key].length > MAX_USER_NAME_LENGTH * 3) return null;
  return { shown, key, skeleton: skeletonOf(key) };
}

function isAllowed(text: string): boolean {
  return ALLOWED.test(text) && !INVISIBLE.test(text) && !STARTS_WITH_MARK.test(text);
}

/**
 * Upper and then lower case stands in for Unicode case folding, which JavaScript does not offer:
 * `ß` and `ss`, and both small sigmas, meet.
 */
function foldCase(text: string): string {
  const folded = text.normalize('NFKC').toLowerCase().toUpperCase().toLowerCase();
  return folded.replaceAll('ς', 'σ').normalize('NFKC');
}

// Pairs drawn from how the letters look in common typefaces, upper or lower case; see Unicode
// Technical Standard 39 for the full idea. Within one script no two common letters fall together.
const LOOK_ALIKES: Readonly<Record<string, string>> = Object.fromEntries(
  'аa вb сc еe нh іi јj кk мm оo рp ѕs тt уy хx һh ԁd ԛq ԝw ґr ӏl αa βb εe ζz ηh ιi κk μm νv οo ρp τt υy χx ıi ɡg ɑa'
    .split(' ')
    .map((pair) => [...pair] as [string, string]),
);

function skeletonOf(key: string): string {
  return [...key].map((letter) => LOOK_ALIKES[letter] ?? letter).join('');
}
