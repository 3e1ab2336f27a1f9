import { fc } from '../../../../test/support/fast-check';
import { evaluateDotEnv, parseDotEnv } from './dotenv';

const read = (text: string, overrides: Record<string, string> = {}) =>
  Object.fromEntries(evaluateDotEnv(parseDotEnv(text), overrides));

describe(parseDotEnv.name, () => {
  it.each([
    ['A=b', 'b'],
    ['A=', ''],
    ['A = b', 'b'],
    ['A: b', 'b'],
    ['export A=b', 'b'],
    ['  A=b  ', 'b'],
    ['A=b # note', 'b'],
    ['A=b#c', 'b#c'],
    ['A=# note', ''],
    ['A=b c', 'b c'],
    ["A='b # c'", 'b # c'],
    ["A='$B ${C}'", '$B ${C}'],
    ["A='b' # note", 'b'],
    ["A='it\\'s'", "it's"],
    ["A='b\\nc'", 'b\\nc'],
    ['A="b c"', 'b c'],
    ['A="b\\nc"', 'b\nc'],
    ['A="say \\"b\\""', 'say "b"'],
    ['A="\\$B"', '$B'],
    ['A="b\\\\c"', 'b\\c'],
    ['A="b # c"', 'b # c'],
    ['A="one\ntwo"', 'one\ntwo'],
    ["A='one\ntwo'", 'one\ntwo'],
    ["A='one \ntwo'", 'one \ntwo'],
    ['A="one\t\ntwo" ', 'one\t\ntwo'],
    ['A=["http://x:1"] ', '["http://x:1"]'],
    ['A=a=b=c', 'a=b=c'],
    ['\uFEFFA=b', 'b'],
    ['A=b\r\nB=c\r\n', 'b'],
    ['A=b$', 'b$'],
  ])('reads %j as %j', (text, expected) => {
    expect(read(text).A).toBe(expected);
  });

  it('accepts dotted names', () => {
    expect(read('KAFKA.ENABLED=false')).toEqual({ 'KAFKA.ENABLED': 'false' });
  });

  it('skips and reports lines that are no assignment', () => {
    const file = parseDotEnv('A=1\n=x\n# fine\n????\nB=2');
    expect(file.entries.map(({ name }) => name)).toEqual(['A', 'B']);
    expect(file.problems.map(({ line }) => line)).toEqual([2, 4]);
  });

  it('reads an unclosed quote as text', () => {
    const file = parseDotEnv('A="b\nC=d');
    expect(Object.fromEntries(evaluateDotEnv(file))).toEqual({ A: '"b', C: 'd' });
    expect(file.problems).toHaveLength(1);
  });

  it('returns any single-quoted value unchanged', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        fc.pre(!/[\\\r\uFEFF]/.test(value));
        expect(read(`A='${value.replaceAll("'", "\\'")}'`).A).toBe(value);
      }),
    );
  });
});

describe(evaluateDotEnv.name, () => {
  it('expands earlier lines, not later ones', () => {
    expect(read('A=1\nB=$A-$C\nC=3')).toEqual({ A: '1', B: '1-', C: '3' });
  });

  it('does not expand a literal a second time', () => {
    expect(read("P='a$b'\nQ=$P")).toEqual({ P: 'a$b', Q: 'a$b' });
  });

  it('lets an override reach every line that refers to it', () => {
    const text = "W9_URL='internet_ip:$P'\nP=9001\nU=http://${W9_URL}/\nX='$P'";
    expect(read(text, { W9_URL: 'host:9005', P: '9005' })).toEqual({
      W9_URL: 'host:9005',
      P: '9005',
      U: 'http://host:9005/',
      X: '$P',
    });
  });

  it('takes a bare name from the environment or omits it', () => {
    const values = evaluateDotEnv(parseDotEnv('A\nB'), {}, (name) =>
      name === 'A' ? '1' : undefined,
    );
    expect([...values]).toEqual([['A', '1']]);
  });
});
