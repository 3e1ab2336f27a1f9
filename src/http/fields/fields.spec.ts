import 'reflect-metadata';
import { InvalidParameterError } from '../errors/request.errors';
import { StrictValidationPipe } from '../input/strict-validation.pipe';
import { BoolField, EnumField, HexField, IntField, TextField, UuidField } from './fields';

class SampleDto {
  @IntField({ min: 1, max: 100, optional: 'or-empty' }) count?: number;
  @IntField({ min: 0, max: 10, optional: true, nullable: true }) cpg?: number | null;
  @TextField({ maxLength: 3, optional: true }) name?: string;
  @BoolField({ optional: true }) yes?: boolean;
  @EnumField({ values: [0, 1], enumName: 'Role', optional: true }) role?: number;
  @UuidField({ optional: true }) uid?: string;
  @HexField({ length: 4, optional: true }) hex?: string;
}

const sut = new StrictValidationPipe();
const read = async (value: unknown, type: 'body' | 'query' = 'body'): Promise<unknown> =>
  sut.transform(value, { type, metatype: SampleDto });

describe(StrictValidationPipe.name, () => {
  it.each([
    [{ count: 5 }, { count: 5 }],
    [{ count: '5' }, { count: 5 }],
    [{ count: '' }, {}],
    [{ cpg: null }, { cpg: null }],
    [{ cpg: '0' }, { cpg: 0 }],
    [{ name: '汉字a' }, { name: '汉字a' }],
    [{ yes: 'false' }, { yes: false }],
    [{ role: '1' }, { role: 1 }],
    [
      { uid: '9A6D777C-997D-A7E5-35F4-8471B7582AC0' },
      { uid: '9a6d777c-997d-a7e5-35f4-8471b7582ac0' },
    ],
    [{ hex: 'ABcd' }, { hex: 'abcd' }],
    [undefined, {}],
  ])('reads %j', async (given, expected) => {
    expect({ ...((await read(given)) as object) }).toEqual(expected);
  });

  it.each([
    [{ count: null }],
    [{ count: '1e2' }],
    [{ count: '0x10' }],
    [{ count: 1.5 }],
    [{ count: '1.0' }],
    [{ count: ' 5' }],
    [{ count: '05' }],
    [{ count: true }],
    [{ count: [5] }],
    [{ count: {} }],
    [{ count: 101 }],
    [{ count: 0 }],
    [{ cpg: '' }],
    [{ name: '' }],
    [{ name: 'abcd' }],
    [{ name: 'a\u0000' }],
    [{ name: '\ud800' }],
    [{ name: 5 }],
    [{ yes: 1 }],
    [{ yes: 'TRUE' }],
    [{ role: '' }],
    [{ role: 2 }],
    [{ uid: 'x' }],
    [{ hex: 'abcg' }],
    [{ unknown: 1 }],
    [[]],
    ['text'],
  ])('refuses %j and names the field in both languages', async (given) => {
    const error: unknown = await read(given).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(InvalidParameterError);
    const [problem] = (error as InvalidParameterError).details ?? [];
    expect(problem?.field).toBe(
      Array.isArray(given) || typeof given === 'string' ? 'body' : Object.keys(given)[0],
    );
    expect(problem?.message.zh).not.toBe(problem?.message.en);
  });

  it('gives each request a DTO of its own for a query that was checked before', async () => {
    const first = (await read({ count: '7' }, 'query')) as SampleDto;
    first.count = 8;
    const second = await read({ count: '7' }, 'query');
    expect(second).toBeInstanceOf(SampleDto);
    expect(second).toEqual({ count: 7 });
    expect(sut.transform({ count: '7' }, { type: 'query', metatype: SampleDto })).toEqual({
      count: 7,
    });
    await expect(read({ count: '0' }, 'query')).rejects.toThrow(InvalidParameterError);
  });
});
