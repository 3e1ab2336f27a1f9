import {
  COLLECTION_STYLE,
  EVENT_ID,
  getScalarValue,
  parseEvents,
  SCALAR_STYLE,
  type AliasEvent,
  type Event,
  type MappingEvent,
  type ScalarEvent,
  type SequenceEvent,
} from 'js-yaml';
import { isMapping } from './plain-data';

/** Letters that parsers treat in different ways: tabs, carriage returns, control characters, further line ends. */
const ODD_LETTERS = /[\0-\x09\x0B-\x1F\x7F-\xA0\u2028\u2029\uFEFF\uFFFE\uFFFF]/;
/** Keys introduced by `?`, ends of documents, directives. */
const ODD_LINES = /^(?:(?:[ -]*\?|\.\.\.)(?: |$)|%)/m;
/** The whole parser counts the uses of an anchor and refuses too many, … */
const MAX_ALIASES = 90;
/** … and keys of more than 1,024 letters. */
const MAX_KEY_LENGTH = 500;

/** Thrown for everything that the whole parser is to look at. */
const notPlain = new Error('not plain YAML');

type ContentEvent = MappingEvent | SequenceEvent | ScalarEvent;

/**
 * The data of YAML as people write it, read in a fraction of the time that the whole parser takes and with the same
 * result. Undefined for what is wrong or out of the ordinary, which is left to that parser: tags, directives, several
 * documents, nothing but a text, tabs, keys that are no texts, flow collections and quoted texts over several lines,
 * anchors in anchors.
 */
export function readPlainYaml(text: string): unknown {
  if (ODD_LETTERS.test(text) || ODD_LINES.test(text)) return undefined;
  try {
    return new EventReader(text, parseEvents(text, {})).document();
  } catch {
    return undefined;
  }
}

/** Makes data of the parser's events, whose ranges point into the text. */
class EventReader {
  /** Index of the next event; the first one opens the document. */
  private next = 1;
  /** Index of the last complete node of each anchor, by name. */
  private readonly anchors = new Map<string, number>();
  private readonly valueOf = new Map<number, unknown>();
  private aliases = 0;
  private withinAnchor = false;
  /** Within the value of a merge key: aliases stand for copies. */
  private merging = false;
  private flowLevel = 0;
  /** Behind what has been read of a flow collection. */
  private flowPosition = 0;

  constructor(
    private readonly text: string,
    private readonly events: readonly Event[],
  ) {}

  /** @throws notPlain */
  document(): unknown {
    const [document, root] = this.events;
    if (document?.type !== EVENT_ID.DOCUMENT || root?.type === EVENT_ID.SCALAR) throw notPlain;
    if (document.directives.length > 0) throw notPlain;
    const data = this.node();
    // Behind the end of the document there may be another one.
    if (this.next !== this.events.length - 1) throw notPlain;
    return data;
  }

  private node(): unknown {
    const index = this.next++;
    const event = this.events[index];
    switch (event?.type) {
      case EVENT_ID.ALIAS:
        return this.alias(event);
      case EVENT_ID.SCALAR:
      case EVENT_ID.MAPPING:
      case EVENT_ID.SEQUENCE:
        if (event.tagStart >= 0) throw notPlain;
        return event.anchorStart < 0 ? this.content(event) : this.anchor(index, event);
      default:
        throw notPlain;
    }
  }

  private anchor(index: number, event: ContentEvent): unknown {
    const name = this.text.slice(event.anchorStart, event.anchorEnd);
    const isEmpty = event.type === EVENT_ID.SCALAR && event.valueStart < 0;
    if (this.withinAnchor || this.merging || isEmpty || !/^[\w-]+$/.test(name)) throw notPlain;
    this.withinAnchor = true;
    const value = this.content(event);
    this.withinAnchor = false;
    this.anchors.set(name, index);
    this.valueOf.set(index, value);
    return value;
  }

  private alias({ anchorStart, anchorEnd }: AliasEvent): unknown {
    const index = this.anchors.get(this.text.slice(anchorStart, anchorEnd));
    if (index === undefined || this.withinAnchor || ++this.aliases > MAX_ALIASES) throw notPlain;
    if (this.flowLevel > 0) this.passInFlow(anchorEnd);
    return this.merging ? this.copyOf(index) : this.valueOf.get(index);
  }

  /** The anchored node once more: what is merged is not shared. */
  private copyOf(index: number): unknown {
    const { next, flowLevel, flowPosition } = this;
    this.next = index + 1;
    this.flowLevel = 0;
    this.withinAnchor = true;
    const copy = this.content(this.events[index] as ContentEvent);
    this.withinAnchor = false;
    Object.assign(this, { next, flowLevel, flowPosition });
    return copy;
  }

  private content(event: ContentEvent): unknown {
    if (event.type === EVENT_ID.SCALAR) {
      const text = this.scalar(event);
      return event.style === SCALAR_STYLE.PLAIN ? plainValue(text) : text;
    }
    const isMap = event.type === EVENT_ID.MAPPING;
    const isFlow = event.style === COLLECTION_STYLE.FLOW;
    if (isFlow) this.openFlow(event.start, isMap ? '{' : '[');
    const value = isMap ? this.map() : this.list();
    if (isFlow) this.closeFlow(isMap ? '}' : ']');
    return value;
  }

  private scalar(event: ScalarEvent): string {
    const { valueStart, valueEnd, style, fast } = event;
    if (valueStart < 0) return '';
    if (!fast && style <= SCALAR_STYLE.DOUBLE_QUOTED && this.hasBreak(valueStart, valueEnd)) {
      throw notPlain;
    }
    // The parser lets a text begin with what ends a collection.
    if (style === SCALAR_STYLE.PLAIN && /[,\]}]/.test(this.text[valueStart] ?? '')) throw notPlain;
    if (this.flowLevel > 0) this.passInFlow(valueEnd);
    return getScalarValue(this.text, event);
  }

  private list(): unknown[] {
    const items: unknown[] = [];
    while (this.events[this.next]?.type !== EVENT_ID.POP) items.push(this.node());
    this.next++;
    return items;
  }

  private map(): Record<string, unknown> {
    const map: Record<string, unknown> = {};
    let merged: Set<string> | null = null;
    while (this.events[this.next]?.type !== EVENT_ID.POP) {
      const key = this.key();
      if (key === null) this.merge(map, (merged ??= new Set()));
      else if (Object.hasOwn(map, key) && !merged?.delete(key)) throw notPlain;
      else put(map, key, this.node());
    }
    this.next++;
    return map;
  }

  /** The key at the next event; null for a merge key. */
  private key(): string | null {
    const event = this.events[this.next++];
    if (event?.type !== EVENT_ID.SCALAR || event.anchorStart >= 0 || event.tagStart >= 0) {
      throw notPlain;
    }
    const { valueStart, valueEnd, style } = event;
    if (valueStart < 0 || valueEnd - valueStart > MAX_KEY_LENGTH) throw notPlain;
    const isPlain = style === SCALAR_STYLE.PLAIN;
    if (this.text[isPlain ? valueEnd : valueEnd + 1] !== ':') throw notPlain;
    const text = this.scalar(event);
    if (!isPlain) return text;
    if (text === '<<') return null;
    const value = plainValue(text);
    if (typeof value !== 'string' && !Number.isSafeInteger(value)) throw notPlain;
    return String(value);
  }

  /** Adds to `map` what the value of a merge key holds and it has not yet; `merged` takes the names. */
  private merge(map: Record<string, unknown>, merged: Set<string>): void {
    if (this.merging || this.withinAnchor) throw notPlain;
    this.merging = true;
    const value = this.node();
    this.merging = false;
    for (const source of Array.isArray(value) ? (value as unknown[]) : [value]) {
      if (!isMapping(source)) throw notPlain;
      for (const [name, item] of Object.entries(source)) {
        if (Object.hasOwn(map, name)) continue;
        put(map, name, item);
        merged.add(name);
      }
    }
  }

  private openFlow(start: number, bracket: string): void {
    if (this.text[start] !== bracket) throw notPlain;
    if (this.flowLevel++ === 0) this.flowPosition = start;
    this.passInFlow(start + 1);
  }

  private closeFlow(bracket: string): void {
    const end = this.text.indexOf(bracket, this.flowPosition) + 1;
    this.passInFlow(end);
    this.flowLevel--;
  }

  /** Flow collections are to stand on one line. */
  private passInFlow(position: number): void {
    if (this.hasBreak(this.flowPosition, position)) throw notPlain;
    this.flowPosition = position;
  }

  private hasBreak(start: number, end: number): boolean {
    const found = this.text.indexOf('\n', start);
    return found >= 0 && found < end;
  }
}

function put(map: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== '__proto__') map[key] = value;
  else
    Object.defineProperty(map, key, {
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    });
}

/** What a plain text means in the core schema of YAML 1.2. */
export function plainValue(text: string): unknown {
  if (!/^[-+.~\dnNtTfF]|^$/.test(text)) return text;
  if (/^(?:~|null|Null|NULL)?$/.test(text)) return null;
  if (/^(?:true|True|TRUE)$/.test(text)) return true;
  if (/^(?:false|False|FALSE)$/.test(text)) return false;
  if (/^[-+]?\d+$/.test(text)) return parseInt(text, 10);
  if (/^0o[0-7]+$/.test(text)) return parseInt(text.slice(2), 8);
  if (/^0x[\da-fA-F]+$/.test(text)) return parseInt(text.slice(2), 16);
  if (/^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/.test(text)) return parseFloat(text);
  if (/^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/.test(text)) throw notPlain;
  return text;
}
