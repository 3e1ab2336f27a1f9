import {
  EVENT_ID,
  getScalarValue,
  parseEvents,
  SCALAR_STYLE,
  type Event,
  type ScalarEvent,
} from 'js-yaml';
import { plainValue } from './plain-yaml';

/** In longer texts the whole parser's tree is found through sooner. */
const MAX_LENGTH = 64 * 1024;

/** The text that was asked about last: what is to be told comes in groups. */
let last: { readonly text: string; readonly events: readonly Event[] } | null = null;

/**
 * 1-based line of a key path, or of its nearest ancestor that is there, in a text that `readPlainYaml` has read;
 * null where not even the first key is there, undefined where the whole parser has to say.
 */
export function lineInPlainYaml(
  text: string,
  path: readonly (string | number)[],
): number | null | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  if (last?.text !== text) last = { text, events: parseEvents(text, {}) };
  const { events } = last;
  let offset: number | null | undefined = null;
  // The first event opens the document.
  let at = 1;
  for (const key of path) {
    at = anchored(text, events, at);
    const found = childOf(text, events, at, key);
    if (!found) break;
    [offset, at] = found;
  }
  return typeof offset === 'number' ? text.slice(0, offset).split('\n').length : offset;
}

/** Where a child is written (undefined: not known) and the index of its value; null where there is none. */
function childOf(
  text: string,
  events: readonly Event[],
  parent: number,
  key: string | number,
): [offset: number | undefined, value: number] | null {
  const { type } = events[parent] ?? {};
  if (type !== EVENT_ID.MAPPING && !(type === EVENT_ID.SEQUENCE && typeof key === 'number')) {
    return null;
  }
  let next = parent + 1;
  for (let index = 0; events[next]?.type !== EVENT_ID.POP; index++) {
    if (type === EVENT_ID.SEQUENCE) {
      if (index === key) return [startOf(events[next]), next];
    } else {
      const event = events[next++] as ScalarEvent;
      if (keyOf(text, event) === String(key)) return [event.valueStart, next];
    }
    next = behind(events, next);
  }
  return null;
}

function keyOf(text: string, event: ScalarEvent): string {
  const value = getScalarValue(text, event);
  return event.style === SCALAR_STYLE.PLAIN ? String(plainValue(value)) : value;
}

/** Where an item of a list begins, if that is on the line that the parser points at. */
function startOf(event: Event | undefined): number | undefined {
  if (event?.type === EVENT_ID.ALIAS) return event.anchorStart;
  if (!event || event.type === EVENT_ID.POP || event.type === EVENT_ID.DOCUMENT) return undefined;
  if (event.anchorStart >= 0) return undefined;
  if (event.type !== EVENT_ID.SCALAR) return event.start;
  const inLine = event.valueStart >= 0 && event.style <= SCALAR_STYLE.DOUBLE_QUOTED;
  return inLine ? event.valueStart : undefined;
}

/** Index behind a node. */
function behind(events: readonly Event[], node: number): number {
  let depth = 0;
  let next = node;
  do {
    const { type } = events[next++] ?? {};
    if (type === EVENT_ID.MAPPING || type === EVENT_ID.SEQUENCE) depth++;
    else if (type === EVENT_ID.POP) depth--;
  } while (depth > 0 && next < events.length);
  return next;
}

/** The node that an alias stands for; any other node itself. */
function anchored(text: string, events: readonly Event[], node: number): number {
  const alias = events[node];
  if (alias?.type !== EVENT_ID.ALIAS) return node;
  const name = text.slice(alias.anchorStart, alias.anchorEnd);
  for (let index = node - 1; index > 0; index--) {
    const event = events[index];
    if (!event || !('anchorStart' in event) || event.type === EVENT_ID.ALIAS) continue;
    if (event.anchorStart >= 0 && text.slice(event.anchorStart, event.anchorEnd) === name) {
      return index;
    }
  }
  return node;
}
