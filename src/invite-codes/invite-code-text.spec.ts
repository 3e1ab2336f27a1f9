import { INVITE_CODE_BITS, newInviteCode, parseInviteCode } from './invite-code-text';

describe(newInviteCode.name, () => {
  it('carries at least 80 random bits', () => {
    expect(INVITE_CODE_BITS).toBeGreaterThanOrEqual(80);
  });

  it('uses an unambiguous alphabet, every letter of it about equally often', () => {
    const count = new Map<string, number>();
    for (let i = 0; i < 2000; i++) {
      const code = newInviteCode();
      expect(code).toMatch(/^[0-9A-HJKMNP-TV-Z]{5}(-[0-9A-HJKMNP-TV-Z]{5}){3}$/);
      for (const letter of code.replaceAll('-', ''))
        count.set(letter, (count.get(letter) ?? 0) + 1);
    }
    expect(count.size).toBe(32);
    // 40,000 letters, 1,250 expected of each; six standard deviations are 209.
    for (const n of count.values()) expect(Math.abs(n - 1250)).toBeLessThan(209);
  });

  it('does not repeat itself', () => {
    expect(new Set(Array.from({ length: 5000 }, newInviteCode)).size).toBe(5000);
  });
});

describe(parseInviteCode.name, () => {
  it('accepts a code as issued, in lower case, without dashes and with look-alike letters', () => {
    const code = '7G2KD-0XQ4M-9TB1R-WZ5CH';
    for (const typed of [
      code,
      code.toLowerCase(),
      code.replaceAll('-', ''),
      '7g2kd oxq4m 9tblr wz5ch',
    ])
      expect(parseInviteCode(typed)).toBe(code);
  });

  it.each([
    '',
    'asdf',
    '7G2KD-0XQ4M-9TB1R-WZ5C',
    '7G2KD-0XQ4M-9TB1R-WZ5CU',
    "' OR 1=1 --",
    'x'.repeat(999),
  ])('answers null for %j', (typed) => {
    expect(parseInviteCode(typed)).toBeNull();
  });
});
