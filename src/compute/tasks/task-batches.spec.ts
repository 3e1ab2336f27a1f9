import { fc } from '../../../test/support/fast-check';
import { toBatches, MAX_BATCH_SIZE } from './task-batches';

describe(toBatches.name, () => {
  it('batches new tasks together and retried tasks alone', () => {
    const tasks = [0, 0, 3, 0, 7, 1, 1].map((attempts, i) => ({ id: String(i), attempts }));
    expect(toBatches(tasks)).toEqual([['0', '1', '3'], ['2'], ['4'], ['5', '6']]);
  });

  it('loses and repeats no task', () => {
    const task = fc.record({ attempts: fc.nat(9) });
    fc.assert(
      fc.property(fc.array(task, { maxLength: 400 }), (list) => {
        const tasks = list.map((one, i) => ({ ...one, id: String(i) }));
        const batches = toBatches(tasks);
        const ids = batches.flat().map(Number);
        return (
          batches.every((batch) => batch.length > 0 && batch.length <= MAX_BATCH_SIZE) &&
          ids.length === tasks.length &&
          new Set(ids).size === ids.length
        );
      }),
    );
  });
});
