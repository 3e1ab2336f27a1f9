import { fc } from '../../../test/support/fast-check';
import { AddBatchDto, MAX_ITEMS } from '../../compute/add-batch.dto';
import { InvalidParameterError } from '../errors/request.errors';
import { StrictValidationPipe } from './strict-validation.pipe';

const GOOD = { pid: '1', ctdna: 209, cpg: 5 };
const pipe = new StrictValidationPipe();

async function check(body: object): Promise<AddBatchDto | string[]> {
  try {
    return (await pipe.transform(body, { type: 'body', metatype: AddBatchDto })) as AddBatchDto;
  } catch (error) {
    if (!(error instanceof InvalidParameterError)) throw error;
    return error.details!.map(({ field }) => field);
  }
}

describe('A long list', () => {
  it('is checked whole, and others have their turn in between', async () => {
    let turns = 0;
    let isOver = false;
    const count = (): void => {
      turns += 1;
      if (!isOver) setImmediate(count);
    };
    setImmediate(count);
    const items = Array.from({ length: MAX_ITEMS }, (_, i) => ({ ...GOOD, pid: String(i) }));
    const body = await check({ items });
    isOver = true;
    expect(body).toBeInstanceOf(AddBatchDto);
    expect((body as AddBatchDto).items.map(({ pid }) => pid)).toEqual(items.map((_, i) => i));
    expect(turns).toBeGreaterThanOrEqual(4);
  });

  it('names each bad item by its place, and fields of the body that nobody knows', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: MAX_ITEMS }),
        fc.uniqueArray(fc.nat(MAX_ITEMS - 1), { minLength: 1, maxLength: 8 }),
        fc.boolean(),
        async (length, places, isStrange) => {
          const bad = places.filter((place) => place < length).sort((a, b) => a - b);
          fc.pre(bad.length > 0);
          const items: object[] = Array.from({ length }, () => GOOD);
          for (const place of bad) items[place] = { ...GOOD, cpg: -1 };
          const fields = await check({ ...(isStrange && { strange: 1 }), items });
          expect([...(fields as string[])].sort()).toEqual(
            [...bad.map((place) => `items.${place}.cpg`), ...(isStrange ? ['strange'] : [])].sort(),
          );
        },
      ),
      { numRuns: 30 },
    );
  });

  it('is refused by itself where it is empty or too long', async () => {
    expect(await check({ items: [] })).toEqual(['items']);
    expect(await check({ items: Array.from({ length: MAX_ITEMS + 1 }, () => GOOD) })).toEqual([
      'items',
    ]);
  });
});
