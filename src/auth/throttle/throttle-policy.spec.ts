import { pauseAfterFailures, throttleSource } from './throttle-policy';

describe(pauseAfterFailures.name, () => {
  it.each([
    [0, 0],
    [9, 0],
    [10, 5],
    [11, 10],
    [12, 20],
    [17, 640],
    [18, 900],
    [19, 900],
    [5000, 900],
  ])('requires after %d failures a pause of %d seconds', (failures, seconds) => {
    expect(pauseAfterFailures(failures)).toBe(seconds);
  });

  it('never decreases and never exceeds 15 minutes', () => {
    for (let n = 1; n < 2000; n++) {
      expect(pauseAfterFailures(n)).toBeGreaterThanOrEqual(pauseAfterFailures(n - 1));
      expect(pauseAfterFailures(n)).toBeLessThanOrEqual(900);
    }
  });
});

describe(throttleSource.name, () => {
  it.each([
    ['203.0.113.7', '203.0.113.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::1', '2001:db8:1:2::/64'],
    ['2001:db8:1:3::1', '2001:db8:1:3::/64'],
    ['unknown', 'unknown'],
  ])('counts %s as %s', (address, source) => {
    expect(throttleSource(address)).toBe(source);
  });
});
