import { fc } from '../../../../test/support/fast-check';
import { parseByteSize } from '../language/quantities';
import { parseDuration } from '../language/quantities';
import { splitShellWords } from '../language/shell-words';
import { parseYaml, YamlError } from '../language/yaml-source';

/** Takes milliseconds; work that grows faster than its text takes minutes or never ends. */
const NO_DELAY_MS = 20_000;

describe(parseDuration.name, () => {
  it.each([
    ['30s', 30e9],
    ['1m30s', 90e9],
    ['1.5h', 5400e9],
    ['500ms', 5e8],
    ['10us', 1e4],
    ['0', 0],
    ['1d', 86_400e9],
    ['30', null],
    ['s', null],
    ['1m 30s', null],
    ['-1s', null],
    ['1x', null],
    ['', null],
    ['99999999w', null],
  ])('reads %s as %s ns', (text, expected) => {
    expect(parseDuration(text)).toBe(expected);
  });
});

describe(parseByteSize.name, () => {
  it.each([
    ['1024', 1024],
    ['64b', 64],
    ['2k', 2048],
    ['512m', 512 * 1024 ** 2],
    ['512M', 512 * 1024 ** 2],
    ['2gb', 2 * 1024 ** 3],
    ['1.5g', 1.5 * 1024 ** 3],
    ['2GiB', 2 * 1024 ** 3],
    ['1 g', 1024 ** 3],
    ['g', null],
    ['-1', null],
    ['1gg', null],
    ['1e3', null],
  ])('reads %s as %s', (text, expected) => {
    expect(parseByteSize(text)).toBe(expected);
  });
});

describe(splitShellWords.name, () => {
  it.each([
    ['server /data --console-address ":9001"', ['server', '/data', '--console-address', ':9001']],
    [`sh -c "echo 'a b' \\"c\\""`, ['sh', '-c', `echo 'a b' "c"`]],
    [`a 'b c'd e\\ f`, ['a', 'b cd', 'e f']],
    ['  ', []],
    ["a ''", ['a', '']],
    ['"a\\nb"', ['a\\nb']],
    ['a\nb', ['a', 'b']],
    ["it's", null],
  ])('splits %j', (line, expected) => {
    expect(splitShellWords(line)).toEqual(expected);
  });

  it('returns any quoted words unchanged', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), (words) => {
        const line = words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
        expect(splitShellWords(line)).toEqual(words);
      }),
    );
  });
});

describe(parseYaml.name, () => {
  const failure = (text: string) => {
    try {
      parseYaml(text);
    } catch (error) {
      if (error instanceof YamlError) return { code: error.code, line: error.line };
      throw error;
    }
    return null;
  };

  it('resolves merge keys and finds lines through them', () => {
    const source = parseYaml('x: &base\n  a: 1\n  b: 2\ny:\n  <<: *base\n  b: 3\nz:\n  - p\n  - q');
    expect(source.data).toMatchObject({ y: { a: 1, b: 3 } });
    expect(source.lineOf(['x', 'b'])).toBe(3);
    expect(source.lineOf(['y', 'b'])).toBe(6);
    expect(source.lineOf(['y', 'a'])).toBe(4);
    expect(source.lineOf(['z', 1])).toBe(9);
    expect(source.lineOf(['nowhere'])).toBeNull();
  });

  it('keeps yes, no, on and off as text and times as they stand', () => {
    expect(parseYaml('a: no\nb: 22:22\nc: true').data).toEqual({ a: 'no', b: '22:22', c: true });
  });

  it('rejects exponential alias expansion quickly', () => {
    const bomb = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
    for (let level = 1; level < 12; level++) {
      const uses = Array(10)
        .fill(`*a${level - 1}`)
        .join(', ');
      bomb.push(`a${level}: &a${level} [${uses}]`);
    }
    const started = performance.now();
    expect(failure(bomb.join('\n'))?.code).toBe('yaml-aliases');
    expect(performance.now() - started).toBeLessThan(NO_DELAY_MS);
  });

  it.each(['[', '{a: ', '- ', '? '])(
    'rejects %j repeated two hundred thousand times without delay',
    (text) => {
      const started = performance.now();
      const parse = () => parseYaml(`a: 1\n${text.repeat(200_000 / text.length)}`);
      expect(parse).toThrow(expect.objectContaining({ code: 'yaml-syntax', line: 2 }));
      expect(performance.now() - started).toBeLessThan(NO_DELAY_MS);
    },
  );

  it('reads a hundred levels', () => {
    expect(() => parseYaml('['.repeat(100) + ']'.repeat(100))).not.toThrow();
    expect(() => parseYaml('- '.repeat(100) + 'x')).not.toThrow();
  });

  it('accepts many uses of one anchor', () => {
    const uses = Array.from({ length: 60 }, (_, n) => `s${n}:\n  <<: *base`).join('\n');
    expect(failure(`x: &base {a: 1, b: {c: d}}\n${uses}`)).toBeNull();
  });

  it.each([
    ['a: [', 'yaml-syntax'],
    ['a: 1\na: 2', 'yaml-syntax'],
    ['a: *nowhere', 'yaml-syntax'],
    ['a: !custom x', 'yaml-tag'],
    ['a: 1\n---\nb: 2', 'yaml-syntax'],
    ['['.repeat(20_000), 'yaml-syntax'],
  ])('refuses %.30s', (text, code) => {
    expect(failure(text)?.code).toBe(code);
  });

  it('names the line of a mistake', () => {
    expect(failure('a: 1\nb:\n  - x\n c: 2')?.line).toBeGreaterThanOrEqual(3);
  });
});
