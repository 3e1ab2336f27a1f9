import { LogFrames } from './log-frames';

const frame = (stream: number, text: string): Buffer => {
  const body = Buffer.from(text);
  const header = Buffer.alloc(8);
  header[0] = stream;
  header.writeUInt32BE(body.length, 4);
  return Buffer.concat([header, body]);
};

describe(LogFrames.name, () => {
  it('separates the two streams and strips the time stamps', () => {
    const sut = new LogFrames(false);
    expect(
      sut.push(
        Buffer.concat([frame(1, '2026-01-02T03:04:05.6Z hello\n'), frame(2, 'no stamp\r\n')]),
      ),
    ).toEqual([
      { stream: 'stdout', at: '2026-01-02T03:04:05.6Z', text: 'hello' },
      { stream: 'stderr', at: '', text: 'no stamp' },
    ]);
  });

  it('assembles lines that arrive byte by byte', () => {
    const sut = new LogFrames(false);
    const bytes = Buffer.concat([frame(1, 'one\ntw'), frame(1, 'o\n'), frame(2, 'rest')]);
    const lines = [...bytes].flatMap((byte) => sut.push(Buffer.from([byte])));
    expect([...lines, ...sut.end()].map((l) => l.text)).toEqual(['one', 'two', 'rest']);
  });

  it('reads a terminal as plain text', () => {
    const sut = new LogFrames(true);
    expect(sut.push(Buffer.from('a\r\nb')).map((l) => l.text)).toEqual(['a']);
    expect(sut.end().map((l) => l.text)).toEqual(['b']);
  });

  it('bounds a line without an end', () => {
    const sut = new LogFrames(true);
    expect(sut.push(Buffer.alloc(70_000, 'x'))[0]?.text.length).toBe(65_536);
    expect(sut.end()).toEqual([]);
  });
});
