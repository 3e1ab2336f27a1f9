import { getMetadataStorage, IsInt, IsString, Max, validateSync } from 'class-validator';
import { rememberRules } from './remember-rules';

class Parent {
  @IsString()
  name: string;
}
class Child extends Parent {
  @IsInt({ groups: ['numbers'] })
  @Max(9)
  count: number;
}

describe(rememberRules.name, () => {
  const storage = getMetadataStorage();
  const rulesOf = (type: typeof Parent, groups?: string[]) =>
    storage.getTargetValidationMetadatas(type, '', false, false, groups);
  const before = [Parent, Child].map((type) => rulesOf(type));
  const ofGroup = rulesOf(Child, ['numbers']);
  beforeAll(rememberRules);

  it('gives the rules that the library finds, inherited ones among them', () => {
    for (let turn = 0; turn < 2; turn++)
      expect([Parent, Child].map((type) => rulesOf(type))).toEqual(before);
    expect(before.map((rules) => rules.length)).toEqual([1, 3]);
    expect(rulesOf(Child, ['numbers'])).toEqual(ofGroup);
    expect(ofGroup).toHaveLength(1);
  });

  it('searches for those of a class once', () => {
    expect(rulesOf(Child)).toBe(rulesOf(Child));
  });

  it('leaves the checks as they are', () => {
    const wrong = () => validateSync(Object.assign(new Child(), { name: 7, count: 10 }));
    for (let turn = 0; turn < 2; turn++)
      expect(
        wrong().map(({ property, constraints }) => [property, Object.keys(constraints!)]),
      ).toEqual([
        ['count', ['max']],
        ['name', ['isString']],
      ]);
  });
});
