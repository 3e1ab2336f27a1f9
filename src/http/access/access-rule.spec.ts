import 'reflect-metadata';
import { Controller, Get } from '@nestjs/common';
import { ACCESS_RULE, AdminOnly, Authenticated, ComputeAllowed, Public } from './access-rule';
import { CurrentUser } from './current-user';

@Controller()
class Sample {
  @Get('a') @Public() open(): void {}
  @Get('b') @Authenticated() mine(@CurrentUser() _user: CurrentUser): void {}
  @Get('c') @AdminOnly() admin(): void {}
  @Get('d') @ComputeAllowed() compute(): void {}
}

describe('access rules', () => {
  const ruleOf = (name: keyof Sample): unknown =>
    Reflect.getMetadata(ACCESS_RULE, Sample.prototype[name]);
  const securityOf = (name: keyof Sample): unknown =>
    Reflect.getMetadata('swagger/apiSecurity', Sample.prototype[name]);

  it.each([
    ['open', 'public'],
    ['mine', 'authenticated'],
    ['admin', 'admin'],
    ['compute', 'compute'],
  ] as const)('stores the rule of %s for the guard', (name, rule) => {
    expect(ruleOf(name)).toBe(rule);
  });

  it('documents both token headers, except on public routes', () => {
    expect(securityOf('mine')).toEqual(
      expect.arrayContaining([{ token: [] }, { bearer: [] }]) as unknown,
    );
    expect(securityOf('open')).toBeUndefined();
  });
});
