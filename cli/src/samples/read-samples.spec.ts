import { UsageError } from '../exit-codes';
import { readSamples } from './read-samples';

describe(readSamples.name, () => {
  const expected = [{ pid: '007', ctdna: 209, cpg: 5, hcc: true }];

  it.each([',', ';', '\t'])('reads columns in any order, separated by %j', (mark) => {
    const lines = [
      ['cpg', 'PID', 'note', 'ctdna', 'hcc'],
      ['5', '"007"', 'x', '209', '1'],
    ];
    expect(readSamples(`\ufeff${lines.map((line) => line.join(mark)).join('\r\n')}\r\n`)).toEqual(
      expected,
    );
  });

  it('leaves an unknown status out', () => {
    expect(readSamples('pid,ctdna,cpg,hcc\n1,2,3,\n')).toEqual([{ pid: '1', ctdna: 2, cpg: 3 }]);
  });

  it.each([
    ['pid,cpg\n1,2', '1: ctdna?'],
    ['pid,ctdna,cpg\n1,2,3\n1,2x,3', '3: ctdna: 2x'],
    ['pid,ctdna,cpg,hcc\n1,2,3,maybe', '2: hcc: maybe'],
  ])('refuses %j with its line', (text, message) => {
    expect(() => readSamples(text)).toThrow(UsageError);
    expect(() => readSamples(text)).toThrow(message);
  });
});
