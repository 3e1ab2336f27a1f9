import { secretMask } from './secret-mask';

describe(secretMask.name, () => {
  const sut = secretMask(['p@ss word', 'p@ss', 'abc', 'quo"te']);

  it.each([
    ['the password is p@ss word!', 'the password is ••••••!'],
    ['p@ss and p@ss', '•••••• and ••••••'],
    ['postgres://u:p%40ss%20word@db', 'postgres://u:••••••@db'],
    [`Basic ${Buffer.from('p@ss word').toString('base64')}`, 'Basic ••••••'],
    ['{"a":"quo\\"te"}', '{"a":"••••••"}'],
    ['abc stays: it is too short', 'abc stays: it is too short'],
  ])('turns %j into %j', (text, masked) => {
    expect(sut(text)).toBe(masked);
  });
});
