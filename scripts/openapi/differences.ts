const WORDS = new Set(['description', 'summary', 'example', 'examples']);
/** Keywords whose members are names chosen by the API, so that none of them is a keyword itself. */
const NAME_MAPS = new Set([
  'properties',
  'paths',
  'schemas',
  'responses',
  'headers',
  'content',
  'securitySchemes',
]);

/** `nullable: false` and the like mean the same as their absence. */
const FALSE_BY_DEFAULT = new Set(['nullable', 'deprecated']);

/**
 * What differs between two OpenAPI documents apart from descriptions, summaries and examples: one
 * line each, as `path: old → new`. A property that is itself called `description` is compared.
 */
export function differences(oldValue: unknown, newValue: unknown, path = '#'): string[] {
  return compare(oldValue, newValue, path, false);
}

function compare(left: unknown, right: unknown, path: string, namesOnly: boolean): string[] {
  if (!isTree(left) || !isTree(right) || Array.isArray(left) !== Array.isArray(right)) {
    return left === right ? [] : [`${path}: ${shown(left)} → ${shown(right)}`];
  }
  const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...keys]
    .filter((key) => namesOnly || !WORDS.has(key))
    .filter((key) => namesOnly || !FALSE_BY_DEFAULT.has(key) || !!left[key] !== !!right[key])
    .sort()
    .flatMap((key) =>
      compare(left[key], right[key], `${path}/${key}`, !namesOnly && NAME_MAPS.has(key)),
    );
}

function isTree(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function shown(value: unknown): string {
  return value === undefined ? 'absent' : JSON.stringify(value).slice(0, 120);
}
