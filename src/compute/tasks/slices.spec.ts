import * as fc from 'fast-check';
import { intoSlices, sliceSize } from './slices';

describe(intoSlices.name, () => {
  it('keeps untried tasks together and lets the often tried travel alone', () => {
    const tasks = [0, 0, 3, 0, 7, 1, 1].map((attempts, i) => ({ id: String(i), attempts }));
    expect(intoSlices(tasks)).toEqual([['0', '1', '3'], ['2'], ['4'], ['5', '6']]);
  });

  it('loses no task and doubles none', () => {
    const task = fc.record({ attempts: fc.nat(9) });
    fc.assert(
      fc.property(fc.array(task, { maxLength: 400 }), (list) => {
        const tasks = list.map((one, i) => ({ ...one, id: String(i) }));
        const slices = intoSlices(tasks);
        const ids = slices.flat().map(Number);
        return (
          slices.every((slice) => slice.length > 0 && slice.length <= sliceSize) &&
          ids.length === tasks.length &&
          new Set(ids).size === ids.length
        );
      }),
    );
  });
});
