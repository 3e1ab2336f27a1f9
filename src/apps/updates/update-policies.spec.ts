import { isOpen } from './update-policies.service';

describe(isOpen.name, () => {
  const at = (time: string) => new Date(`2026-11-22T${time}Z`);
  const window = { cron: '0 3 * * *', timeZone: 'UTC', minutes: 90 };

  it.each([
    ['02:59:59', false],
    ['03:00:00', true],
    ['04:29:59', true],
    ['04:30:00', false],
  ])('says at %s: %s', (time, open) => {
    expect(isOpen(window, at(time))).toBe(open);
  });

  it('counts in the time zone of its words', () => {
    expect(isOpen({ ...window, timeZone: 'Asia/Shanghai' }, at('03:30:00'))).toBe(false);
    expect(isOpen({ ...window, timeZone: 'Asia/Shanghai' }, at('19:30:00'))).toBe(true);
  });

  it('is never open without words', () => {
    expect(isOpen({ ...window, cron: null }, at('03:30:00'))).toBe(false);
  });
});
