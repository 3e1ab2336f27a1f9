import { Readable } from 'node:stream';
import { fc } from '../../../test/support/fast-check';
import { toCsv } from './csv-line';
import { CsvUnreadableError, readLabelledRecords, type ReadLine } from './labelled-record-reader';
import { formatZonedTime, parseZonedTime } from './zoned-time';

async function read(text: string | Buffer[], zone = 'UTC'): Promise<ReadLine[]> {
  const source = Readable.from(typeof text === 'string' ? [Buffer.from(text)] : text);
  const lines: ReadLine[] = [];
  for await (const line of readLabelledRecords(source, zone)) lines.push(line);
  return lines;
}
const said = (lines: ReadLine[]): string[] =>
  lines.flatMap((l) =>
    l.ok ? [] : l.problems.map((p) => `${l.line} ${p.field}: ${p.message.en}`),
  );

describe(readLabelledRecords.name, () => {
  const expected = {
    ok: true,
    record: {
      line: 2,
      pid: 2333,
      ctdna: 213,
      cpg: 4,
      hcc: true,
      time: new Date('2022-07-10T08:00:00Z'),
    },
  };
  it.each([
    ['plain', 'pid,ctdna,cpg,hcc,time\n2333,213,4,true,2022-07-10 08:00:00\n'],
    ['with BOM and CRLF', '\uFEFFpid,ctdna,cpg,hcc,time\r\n2333,213,4,1,2022-07-10 08:00:00\r\n'],
    ['quoted', '"pid","ctdna","cpg","hcc","time"\n"2333","213","4","TRUE","2022-07-10 08:00:00"'],
    [
      'with columns in another order, case and number',
      ' CPG ,note,HCC,pid,ctdna,Time\n4,"a,""b""\n",true,2333, 213 ,2022-07-10 08:00:00',
    ],
    ['with semicolons', 'pid;ctdna;cpg;hcc;time\r\n2333;213;4;true;2022-07-10 08:00:00\r\n'],
    [
      'with tabs, and other delimiters in a cell',
      '\uFEFF\r\npid\tctdna\tcpg\thcc\ttime\tnote\r\n2333\t213\t4\ttrue\t2022-07-10 08:00:00\ta,b;c',
      3,
    ],
    ['without a line end', 'pid,ctdna,cpg,hcc,time\n2333,213,4,true,2022-07-10 08:00:00'],
  ])('reads a file %s', async (_, text, line = 2) => {
    expect(await read(text)).toEqual([{ ...expected, record: { ...expected.record, line } }]);
  });

  it('accepts a file without times', async () => {
    const lines = await read('pid,ctdna,cpg,hcc\n1,2,3,0\n\n4,5,6,1\n');
    expect(lines).toMatchObject([
      { ok: true, record: { line: 2, time: null, hcc: false } },
      { ok: true, record: { line: 4, pid: 4, hcc: true } },
    ]);
  });

  it('counts lines past empty ones and past line breaks in quotes', async () => {
    const lines = await read(
      '\r\npid,ctdna,cpg,hcc,note\r\n\r\n1,2,3,0,"a\r\nb\nc"\r\n\r\n4,5,6,1,\r\n',
    );
    expect(lines).toMatchObject([{ record: { line: 4 } }, { record: { line: 8 } }]);
  });

  it('names line, field and reason of each bad line and goes on', async () => {
    const text = [
      'pid,ctdna,cpg,hcc,time',
      '1,0,0,true,',
      '1,10000,1000,false,',
      '1,10001,1001,maybe,2022-02-30 00:00:00',
      '=cmd|x,1e2,0x10,1,2022-07-10T08:00:00',
      '1234567890123456,-5,1.5,,3022-01-01 00:00:00',
      '1,2,3',
      '"1",2,3,0,',
    ].join('\r\n');
    const lines = await read(text);
    expect(lines.map((l) => l.ok)).toEqual([false, true, false, false, false, false, true]);
    expect(said(lines).map((text) => text.split(':')[0])).toEqual([
      '2 ctdna',
      '4 ctdna',
      '4 cpg',
      '4 hcc',
      '4 time',
      '5 pid',
      '5 ctdna',
      '5 cpg',
      '5 time',
      '6 pid',
      '6 ctdna',
      '6 cpg',
      '6 hcc',
      '6 time',
      '7 ',
    ]);
  });

  it.each([
    ['no column cpg', 'pid,ctdna,hcc\n1,2,0\n', /no column cpg;/],
    ['another delimiter', 'pid|ctdna|cpg|hcc\n1|2|3|0\n', /separated by comma; comma, semicolon/],
    ['semicolons and no hcc', 'pid;ctdna;cpg\n1;2;3\n', /no column hcc;.* by semicolon/],
    ['an empty file', '', /no column pid, ctdna, cpg, hcc/],
    ['only a BOM', '\uFEFF', /no column pid/],
    ['a column twice', 'pid,pid,ctdna,cpg,hcc\n', /column pid twice/],
    ['data without a header', '1,2,3,0\n', /no column/],
    [
      'a quote never closed',
      'pid,ctdna,cpg,hcc\n1,2,3,0\n"1,2,3,0\n1,2,3,0\n',
      /at or before line 4/,
    ],
    ['an endless line', `pid,ctdna,cpg,hcc\n${'1'.repeat(20_000)}`, /at or before line 2/],
  ])('refuses %s as a whole', async (_, text, message) => {
    await expect(read(text)).rejects.toThrow(CsvUnreadableError);
    await expect(read(text)).rejects.toThrow(message);
  });

  it('does not depend on chunk boundaries', async () => {
    const text = Buffer.from('\uFEFFpid,ctdna,cpg,hcc,病\r\n1,2,3,0,"é\r\n"\r\n4,5,6,1,\r\n');
    const bytes = await read([...text].map((byte) => Buffer.from([byte])));
    expect(bytes).toEqual(await read([text]));
    expect(bytes).toHaveLength(2);
  });

  it('reads 100,000 lines in constant memory', async () => {
    const block = Buffer.from('12345,167,3,true,2022-07-10 08:00:00\n'.repeat(10_000));
    function* file(): Generator<Buffer> {
      yield Buffer.from('pid,ctdna,cpg,hcc,time\n');
      for (let i = 0; i < 10; i++) yield block;
    }
    let count = 0;
    let peak = 0;
    const start = Date.now();
    const before = process.memoryUsage().heapUsed;
    for await (const line of readLabelledRecords(Readable.from(file()), 'UTC')) {
      if (line.ok && ++count % 10_000 === 0) {
        peak = Math.max(peak, process.memoryUsage().heapUsed - before);
      }
    }
    process.stdout.write(
      `CSV: 100,000 lines in ${Date.now() - start} ms, heap at most +${Math.round(peak / 1e6)} MB\n`,
    );
    expect(count).toBe(100_000);
    expect(peak).toBeLessThan(150e6);
  });
});

describe(toCsv.name, () => {
  it('quotes where needed and escapes formulas', () => {
    const csv = toCsv([
      ['=1+1', '+1', '-1', '@x', '\tx', 'a,b', 'say "x"', 'two\nlines', null, true, -1.5],
    ]);
    expect(csv).toBe(`'=1+1,'+1,'-1,'@x,'\tx,"a,b","say ""x""","two\nlines",,true,-1.5\r\n`);
  });
});

describe(parseZonedTime.name, () => {
  it('is the inverse of the format', () => {
    const zones = ['UTC', 'Asia/Shanghai', 'America/New_York', 'Pacific/Apia'];
    fc.assert(
      fc.property(fc.constantFrom(...zones), fc.integer({ min: 0, max: 4e9 }), (zone, seconds) => {
        const text = formatZonedTime(new Date(seconds * 1000), zone);
        return formatZonedTime(parseZonedTime(text, zone)!, zone) === text;
      }),
    );
  });
  it.each([
    ['2022-07-10 08:00:00', 'Asia/Shanghai', '2022-07-10T00:00:00.000Z'],
    ['2022-11-06 01:30:00', 'America/New_York', '2022-11-06T05:30:00.000Z'],
    ['2024-02-29 23:59:59', 'UTC', '2024-02-29T23:59:59.000Z'],
  ])('reads %s in %s', (text, zone, expected) => {
    expect(parseZonedTime(text, zone)?.toISOString()).toBe(expected);
  });
  it.each([
    ['2023-02-29 00:00:00', 'UTC'],
    ['2022-07-10 24:00:00', 'UTC'],
    ['2022-07-10 8:00:00', 'UTC'],
    ['2022-07-10T08:00:00', 'UTC'],
    ['2022-03-13 02:30:00', 'America/New_York'],
    ['', 'UTC'],
  ])('refuses %j in %s', (text, zone) => {
    expect(parseZonedTime(text, zone)).toBeNull();
  });
});
