import { fc } from '../../../../test/support/fast-check';
import {
  blankStart,
  interpolate,
  invalidFormat,
  RequiredVariableError,
  soleVariable,
  variableNames,
  variablesIn,
} from './interpolate';

const values: Record<string, string> = { V: 'value', EMPTY: '', A: 'a', PORT: '80' };
const sut = (text: string) => interpolate(text, (name) => values[name]);

describe(interpolate.name, () => {
  it.each([
    ['$V', 'value'],
    ['${V}', 'value'],
    ['$V-mysql', 'value-mysql'],
    ['$V_x', ''],
    ['x${V}y', 'xvaluey'],
    ['$$V', '$V'],
    ['$$$V', '$value'],
    ['$${V}', '${V}'],
    ['$NONE', ''],
    ['${NONE:-d}', 'd'],
    ['${EMPTY:-d}', 'd'],
    ['${EMPTY-d}', ''],
    ['${NONE-d}', 'd'],
    ['${V:-d}', 'value'],
    ['${V:+yes}', 'yes'],
    ['${EMPTY:+yes}', ''],
    ['${EMPTY+yes}', 'yes'],
    ['${NONE+yes}', ''],
    ['${V:?no}', 'value'],
    ['${V?no}', 'value'],
    ['${EMPTY?no}', ''],
    ['${NONE:-${A}b}', 'ab'],
    ['${NONE:-${NONE:-${V}}}', 'value'],
    ['${NONE:-{"a":{}}}', '{"a":{}}'],
    ['${NONE:-$$x}', '$x'],
    ['${NONE:---a -b}', '--a -b'],
    ['http://$V:${PORT}', 'http://value:80'],
  ])('substitutes %s', (text, expected) => {
    expect(sut(text)).toBe(expected);
  });

  it.each([
    '$',
    'a$',
    '$ a',
    '$1',
    '${',
    '${}',
    '${1A}',
    '${V',
    '${V!x}',
    'cost: 5$ a',
    '$-',
    '$.x',
  ])('leaves %s unchanged', (text) => {
    expect(sut(text)).toBe(text);
  });

  it.each([
    ['${NONE:?say this}', 'say this'],
    ['${EMPTY:?}', ''],
    ['${NONE?with $V}', 'with value'],
  ])('refuses %s', (text, reason) => {
    expect(() => sut(text)).toThrow(RequiredVariableError);
    try {
      sut(text);
    } catch (error) {
      expect((error as RequiredVariableError).reason).toBe(reason);
    }
  });

  it('does not evaluate the branch that is not taken', () => {
    expect(sut('${V:-${NONE:?never}}')).toBe('value');
  });

  it('reports each undefined use once', () => {
    const names: string[] = [];
    interpolate(
      '$X ${Y} ${Z:-1} $V',
      (name) => values[name],
      (name) => names.push(name),
    );
    expect(names).toEqual(['X', 'Y']);
  });

  it('keeps every text in which each $ is doubled', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(sut(text.replaceAll('$', '$$$$'))).toBe(text);
      }),
    );
  });

  it('ends on any text, however nested', () => {
    expect(sut('${A:+'.repeat(50_000))).toContain('${A');
    fc.assert(
      fc.property(fc.array(fc.constantFrom('$', '{', '}', 'A', ':', '-', '+', ' ')), (parts) => {
        expect(typeof sut(parts.join(''))).toBe('string');
      }),
    );
  });
});

describe(soleVariable.name, () => {
  it.each([
    ['$A', 'A'],
    ['${A}', 'A'],
    ['${A:-80}', 'A'],
    ['${A-80}', 'A'],
    ['80', null],
    ['$A$B', null],
    ['${A:-$B}', null],
    ['1$A', null],
  ])('finds in %s the variable %s', (text, expected) => {
    expect(soleVariable(text)).toBe(expected);
  });
});

describe(variableNames.name, () => {
  it('finds names in both branches and in defaults', () => {
    expect(variableNames('$A ${B:-$C} ${D:+$E} ${F:?$G} $$H').sort()).toEqual([
      'A',
      'B',
      'C',
      'D',
      'E',
      'F',
      'G',
    ]);
  });
});

describe(blankStart.name, () => {
  it.each([
    ['${NONE}/data', ['NONE']],
    ['$EMPTY$NONE/data', ['EMPTY', 'NONE']],
    [' ${NONE:-}/data', ['NONE']],
    ['${NONE:-$EMPTY}/data', ['NONE']],
    ['${V:+}/data', ['V']],
    ['$NONE', ['NONE']],
    ['$V/data', []],
    ['${NONE:-.}/data', []],
    ['$EMPTY$V/data', []],
    ['/mnt/$NONE/data', []],
    ['${NONE:?needed}/data', []],
    ['$$NONE/data', []],
    ['', []],
  ])('finds what is blank before %s begins', (text, expected) => {
    expect(blankStart(text, (name) => values[name])).toEqual(expected);
  });
});

describe(variablesIn.name, () => {
  it('finds nested ones with operator and word', () => {
    const found = variablesIn('$A ${B:-${C:?say $D}} $$E').map(({ name, operator, word }) => [
      name,
      operator,
      word,
    ]);
    expect(found).toEqual([
      ['A', '', ''],
      ['B', ':-', '${C:?say $D}'],
      ['C', ':?', 'say $D'],
      ['D', '', ''],
    ]);
  });
});

describe(invalidFormat.name, () => {
  it.each([
    ['echo $(date)', '$(date)'],
    ['${X:}', '${X:}'],
    ['echo $$(date) $${X:}', null],
    ['cost $5 $ a ${X:-}', null],
  ])('finds in %s what Compose refuses', (text, expected) => {
    expect(invalidFormat(text)).toBe(expected);
  });
});
