import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fc } from '../../../../test/support/fast-check';
import { parseDocument } from 'yaml';
import { lineInPlainYaml } from './plain-lines';
import { readPlainYaml } from './plain-yaml';
import { parseYaml, type KeyPath } from './yaml-source';

/** What the whole parser makes of a text; undefined where it refuses it. */
function wholeYaml(text: string): unknown {
  const options = { schema: 'core', merge: true, prettyErrors: false, logLevel: 'silent' } as const;
  const document = parseDocument(text, options);
  if (document.errors.length + document.warnings.length > 0) return undefined;
  try {
    return document.toJS();
  } catch {
    return undefined;
  }
}

/** With the order of keys, and where one object stands in two places. */
function drawn(data: unknown): string {
  const places = new Map<unknown, string>();
  const draw = (value: unknown, place: string): unknown => {
    if (typeof value === 'number') return `number ${Object.is(value, -0) ? '-0' : value}`;
    if (typeof value !== 'object' || value === null) return [value];
    const known = places.get(value);
    if (known !== undefined) return `as ${known}`;
    places.set(value, place);
    const items = Object.entries(value).map(([key, item]) => [key, draw(item, `${place}/${key}`)]);
    return { kind: Array.isArray(value) ? 'list' : 'map', items };
  };
  return JSON.stringify(draw(data, ''));
}

/** Paths of all values, and some of keys that are not there. */
function pathsOf(value: unknown, path: KeyPath = []): KeyPath[] {
  if (typeof value !== 'object' || value === null) return [path, [...path, 'no']];
  const isList = Array.isArray(value);
  const below = Object.entries(value).flatMap(([key, item]) =>
    pathsOf(item, [...path, isList ? Number(key) : key]),
  );
  return [path, [...path, 'no'], [...path, 99], ...below];
}

/** Compares the lines of all paths with those of the whole parser; how many of them it has to tell itself. */
function compareLines(text: string): number {
  const paths = pathsOf(readPlainYaml(text));
  // With an end of the document the text is not plain.
  const whole = parseYaml(`${text}\n...\n`);
  return paths.filter((path) => {
    const line = lineInPlainYaml(text, path);
    if (line !== undefined) expect([path, line]).toEqual([path, whole.lineOf(path)]);
    return line === undefined;
  }).length;
}

const plain = [
  'a: 1\nb: [x, "y z", { c: d }]\ne:\n- f\n- g: h\n  i: j\n',
  'numbers: [0, -0, 007, 0o17, 0x1f, 1_000, 1.50, .5, 1., 1e3, +1, 12:30, 1.2.3, 2001-01-01]\n',
  'words: [true, False, NULL, ~, yes, no, on, "true", Infinity, nan]\nnothing:\n8080: x\ntrue_: y\n',
  "a: 'it''s'\nb: \"\\u00e9\\t\\\\\"\nc: a'b\nd: http://x:80/#y # no\ne: ${A:-{b}} ]\n",
  'a: |\n  one\n   two\n\n  three\nb: >-\n  one\n  two\n\n\n  three\nc: |+\n  x\n\nd: |2\n   y\n',
  '# head\n---\nx-a: &a\n  k: { m: n }\n  l: [1]\none: { <<: *a, q: 1 }\ntwo:\n  <<: [*a, { z: 1 }]\n  k: 2\nthree: *a\n',
  '__proto__: { a: 1 }\nconstructor: b\ntoString: c\n',
  '- - a\n  - b\n-\n  c: d\n-\n',
];
/** Not to be read here, whether the whole parser can or not. */
const others = [
  'a: !!str 1\n',
  'a: !reset null\n',
  '%YAML 1.1\n---\na: yes\n',
  'a: 1\n---\nb: 2\n',
  'a: 1\n...\nb: 2\n',
  '...\na: 1\n',
  'a: 1\r\nb: 2\r\n',
  'a:\t1\n',
  '? a\n: b\n',
  'a: [b,\n  c]\n',
  'a: { b: c\n  }\n',
  'a: "b\n  c"\n',
  'a: b\n  c\n',
  '%# head\n---\na: b\n',
  'a: ,b\n',
  'a: }\n',
  '~: a\n',
  '[a]: b\n',
  '1.5: a\n',
  'a: 1\na: 2\n',
  '1: a\n"1": b\n',
  'a: .inf\n',
  'a: *b\n',
  'a: &a [*a]\n',
  'a: &a { b: &b c }\n',
  'a: &a b\nc: &c [*a]\nd: *c\n',
  'a: &a\nb: *a\n',
  '&k a: b\n',
  'a: b: c\n',
  'a: [\n',
  '|1\na: b\n',
  'a\n',
  '',
  '# nothing\n',
  `a: ${'['.repeat(150)}${']'.repeat(150)}\n`,
  `a: &a b\nc: [${'*a, '.repeat(100)}*a]\n`,
];

/** Every Compose file of our own catalog. */
async function ownFiles(): Promise<string[]> {
  const root = join(__dirname, '../../../../catalog/apps');
  const paths = await readdir(root, { recursive: true });
  return paths
    .filter((path) => /\.ya?ml$/.test(path))
    .map((path) => readFileSync(join(root, path), 'utf8'));
}

/** Texts as they are, and with some places spoilt. */
function spoilt(texts: readonly string[]): fc.Arbitrary<string> {
  const bits =
    ': |:|- |-|  | |#| #|"|\'|{|}|[|]|&a |*a|*a, |\\||>-|<<: |<<: *a\n|~|0x1f|1e3|$|@|`|%|,|é|__proto__: 1\n|\n|.5|-|\\|""|[]|{}|a: b|- a\n|!|?|=|{a: b}|[a, b]'
      .split(/(?<!\\)\|/)
      .map((bit) => bit.replace('\\|', '|'));
  const change = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    cut: fc.integer({ min: 0, max: 3 }),
    put: fc.constantFrom('', ...bits),
  });
  return fc
    .tuple(fc.constantFrom(...texts), fc.array(change, { maxLength: 4 }))
    .map(([text, changes]) =>
      changes.reduce((before, { at, cut, put }) => {
        const place = Math.floor(at * before.length);
        return before.slice(0, place) + put + before.slice(place + cut);
      }, text),
    );
}

describe(parseYaml, () => {
  it('takes hundreds of uses of an anchor, and none that multiply', () => {
    const uses = Array.from({ length: 500 }, (_, index) => `s${index}: *a\n`).join('');
    expect(parseYaml(`x: &a { b: c }\n${uses}`).data).toMatchObject({ s499: { b: 'c' } });
    const list = (name: string) => `[${Array.from({ length: 11 }, () => `*${name}`).join(', ')}]`;
    const bomb = `a: &a x\nb: &b ${list('a')}\nc: &c ${list('b')}\nd: &d ${list('c')}\n`;
    expect(() => parseYaml(bomb)).toThrow(expect.objectContaining({ code: 'yaml-aliases' }));
  });
});

describe(readPlainYaml, () => {
  it.each(plain)('reads %j as the whole parser does', (text) => {
    expect(drawn(readPlainYaml(text))).toBe(drawn(wholeYaml(text)));
  });

  it.each(others)('leaves %j to the whole parser', (text) => {
    expect(readPlainYaml(text)).toBeUndefined();
  });

  it('reads most files of our own catalog, and all as the whole parser does', async () => {
    const files = await ownFiles();
    const read = files.filter((text) => readPlainYaml(text) !== undefined);
    for (const text of read) expect(drawn(readPlainYaml(text))).toBe(drawn(wholeYaml(text)));
    expect(read.length / files.length).toBeGreaterThan(0.9);
  });

  it('reads nothing differently, whatever is spoilt', async () => {
    let read = 0;
    fc.assert(
      fc.property(spoilt([...plain, ...(await ownFiles())]), (text) => {
        const data = readPlainYaml(text);
        if (data === undefined) return;
        read++;
        expect(drawn(data)).toBe(drawn(wholeYaml(text)));
        compareLines(text);
      }),
      { numRuns: 1500 },
    );
    expect(read).toBeGreaterThan(100);
  });
});

describe(lineInPlainYaml, () => {
  it.each(plain)('tells the lines of %j as the whole parser does', (text) => {
    compareLines(text);
  });

  it('tells nearly all lines of our own catalog, as the whole parser does', async () => {
    const files = (await ownFiles()).filter((text) => readPlainYaml(text) !== undefined);
    const left = files.map(compareLines).reduce((sum, count) => sum + count, 0);
    expect(files.length).toBeGreaterThan(0);
    expect(left).toBeLessThan(files.length);
  });

  it('leaves long texts, and what begins elsewhere than it is read, to the whole parser', () => {
    expect(lineInPlainYaml(`a: b\n#${'x'.repeat(70_000)}\n`, ['a'])).toBeUndefined();
    expect(lineInPlainYaml('- |\n  a\n- &b c\n', [0])).toBeUndefined();
    expect(lineInPlainYaml('- |\n  a\n- &b c\n', [1])).toBeUndefined();
    expect(parseYaml('- |\n  a\n- &b c\n').lineOf([1])).toBe(3);
  });
});
