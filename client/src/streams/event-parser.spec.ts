import { EventParser, type RawEvent } from './event-parser';

const STREAM =
  ': open\n\nid: 1\nevent: phase\ndata: {"a":1}\n\n: still here\n\nid: 2\r\ndata: two\r\ndata: lines\r\n\r\ndata:bare\r\rid\n\n';

describe(EventParser.name, () => {
  const expected: RawEvent[] = [
    { id: '1', type: 'phase', data: '{"a":1}' },
    { id: '2', type: 'message', data: 'two\nlines' },
    { id: null, type: 'message', data: 'bare' },
  ];

  it('reads ids, types, several lines and every kind of line end', () => {
    expect(new EventParser().push(STREAM)).toEqual(expected);
  });

  it('gives the same events wherever the stream is cut', () => {
    for (let cut = 0; cut <= STREAM.length; cut++) {
      const sut = new EventParser();
      expect([...sut.push(STREAM.slice(0, cut)), ...sut.push(STREAM.slice(cut))]).toEqual(expected);
    }
  });

  it('keeps an event back until its empty line', () => {
    const sut = new EventParser();
    expect(sut.push('data: x\n')).toEqual([]);
    expect(sut.push('\n')).toHaveLength(1);
  });
});
