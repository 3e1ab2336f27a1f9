import { throttleSource } from './throttle-source';

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
