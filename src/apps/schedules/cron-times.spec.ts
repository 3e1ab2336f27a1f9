import { isCron, isTimeZone, nextTime } from './cron-times';

const next = (cron: string, zone: string, after: string): string | undefined =>
  nextTime(cron, zone, new Date(after))?.toISOString();

describe(nextTime.name, () => {
  it('reads the words in their time zone', () => {
    expect(next('0 3 * * *', 'UTC', '2026-01-01T02:59:59Z')).toBe('2026-01-01T03:00:00.000Z');
    expect(next('0 3 * * *', 'Asia/Shanghai', '2026-01-01T02:59:59Z')).toBe(
      '2026-01-01T19:00:00.000Z',
    );
    expect(next('15 4 * * sun', 'UTC', '2026-01-01T00:00:00Z')).toBe('2026-01-04T04:15:00.000Z');
    expect(next('@monthly', 'UTC', '2026-01-01T00:00:00Z')).toBe('2026-02-01T00:00:00.000Z');
  });

  it('is later than the time given, also when that is one of them', () => {
    expect(next('0 3 * * *', 'UTC', '2026-01-01T03:00:00Z')).toBe('2026-01-02T03:00:00.000Z');
  });

  it('comes once on the days on which the clock changes', () => {
    const zone = 'Europe/Berlin';
    expect(next('30 2 * * *', zone, '2026-03-28T12:00:00Z')).toBe('2026-03-29T01:00:00.000Z');
    expect(next('30 2 * * *', zone, '2026-03-29T01:00:00Z')).toBe('2026-03-30T00:30:00.000Z');
    expect(next('30 2 * * *', zone, '2026-10-24T12:00:00Z')).toBe('2026-10-25T00:30:00.000Z');
    expect(next('30 2 * * *', zone, '2026-10-25T00:30:00Z')).toBe('2026-10-26T01:30:00.000Z');
  });

  it('takes either of a day of the month and a weekday, as cron does', () => {
    expect(next('0 3 13 * fri', 'UTC', '2026-01-01T04:00:00Z')).toBe('2026-01-02T03:00:00.000Z');
  });
});

describe(isCron.name, () => {
  it.each(['0 3 * * *', '*/20 1-5 * jan-mar mon,wed', '@daily', '0  3 * * *'])(
    'takes %j',
    (cron) => {
      expect(isCron(cron)).toBe(true);
    },
  );

  it.each([
    ['', 'nothing'],
    ['0 3 * *', 'four parts'],
    ['0 0 3 * * *', 'six parts'],
    ['61 3 * * *', 'no such minute'],
    ['0 0 30 2 *', 'a day that never comes'],
    ['@reboot', 'an event'],
    ['2026-01-01T00:00:00Z', 'a point in time'],
    ['H 3 * * *', 'a letter'],
  ])('refuses %j (%s)', (cron) => {
    expect(isCron(cron)).toBe(false);
  });
});

describe(isTimeZone.name, () => {
  it('knows names of time zones', () => {
    expect(['UTC', 'Europe/Berlin', 'Asia/Shanghai'].map(isTimeZone)).toEqual([true, true, true]);
    expect(['', 'Nowhere/X', '+08:00', 'Europe/Berlin\n'].map(isTimeZone)).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });
});
