/** One server-sent event as it came. */
export interface RawEvent {
  readonly id: string | null;
  readonly type: string;
  readonly data: string;
}

/** Cuts the text of an event stream into events, as the HTML standard lays down. */
export class EventParser {
  private rest = '';

  push(text: string): RawEvent[] {
    // A \r at the end may be the first half of a \r\n.
    const all = this.rest + text;
    const cut = all.endsWith('\r') ? all.length - 1 : all.length;
    const blocks = all.slice(0, cut).replace(/\r\n?/g, '\n').split('\n\n');
    this.rest = (blocks.pop() ?? '') + all.slice(cut);
    return blocks.map(parseBlock).filter((event) => event !== null);
  }
}

function parseBlock(block: string): RawEvent | null {
  let id: string | null = null;
  let type = 'message';
  const data: string[] = [];
  for (const line of block.split('\n')) {
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'id') id = value;
    else if (field === 'event') type = value;
    else if (field === 'data') data.push(value);
  }
  return data.length === 0 ? null : { id, type, data: data.join('\n') };
}
