import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FieldProblem } from '../../platform/errors/domain-error';
import { InvalidParameterError } from '../errors/request.errors';

/** A thousand items at once would hold other requests up for 20 to 30 ms. */
const ITEMS_PER_TURN = 200;

interface LongListField {
  readonly name: string;
  readonly maxItems: number;
}
const fields = new WeakMap<object, LongListField>();

/** The one list of a DTO whose items are checked a part at a time. Longer ones break its own rules: they are checked whole. */
export function LongList({ maxItems }: { maxItems: number }): PropertyDecorator {
  return (target, name) => {
    fields.set(target.constructor, { name: String(name), maxItems });
  };
}

/**
 * Checks a body. The items of a long list are checked a part at a time, and other requests have their
 * turn in between.
 *
 * @throws InvalidParameterError naming the bad fields of the whole list
 */
export async function checkInParts(
  value: object,
  dto: object,
  check: (part: object) => Promise<object>,
): Promise<object> {
  const field = fields.get(dto);
  const body = value as Record<string, unknown>;
  const list = field && body[field.name];
  if (!Array.isArray(list) || list.length <= ITEMS_PER_TURN || list.length > field!.maxItems)
    return check(value);
  const { name } = field!;
  const checked: unknown[] = [];
  const problems: FieldProblem[] = [];
  let whole: Record<string, unknown> = {};
  for (let from = 0; from < list.length; from += ITEMS_PER_TURN) {
    if (from > 0) await nextTurn();
    const items: unknown[] = list.slice(from, from + ITEMS_PER_TURN);
    try {
      const part = (await check({ ...(from === 0 && body), [name]: items })) as typeof whole;
      if (from === 0) whole = part;
      checked.push(...(part[name] as unknown[]));
    } catch (error) {
      if (!(error instanceof InvalidParameterError)) throw error;
      problems.push(...(error.details ?? []).map((problem) => movedBy(problem, name, from)));
    }
  }
  if (problems.length > 0) throw new InvalidParameterError(problems);
  whole[name] = checked;
  return whole;
}

/** `items.3.pid` of the part that begins with the 201st item is `items.203.pid` of the whole. */
function movedBy(problem: FieldProblem, name: string, from: number): FieldProblem {
  const [list, index, ...rest] = problem.field.split('.');
  if (list !== name || index === undefined) return problem;
  return { ...problem, field: [list, Number(index) + from, ...rest].join('.') };
}
