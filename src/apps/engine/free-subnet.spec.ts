import { freeSubnet } from './free-subnet';

describe(freeSubnet.name, () => {
  it('takes the first block of the pool', () => {
    expect(freeSubnet(['10.213.0.0/16'], [])).toBe('10.213.0.0/24');
  });

  it('skips overlapping blocks, wider and narrower ones too', () => {
    expect(freeSubnet(['10.213.0.0/16'], ['10.213.0.0/24', '10.213.1.128/25'])).toBe(
      '10.213.2.0/24',
    );
    expect(freeSubnet(['10.213.0.0/16'], ['10.213.0.0/20'])).toBe('10.213.16.0/24');
    expect(freeSubnet(['10.213.0.0/16'], ['10.0.0.0/8'])).toBeNull();
  });

  it('goes on with the next pool, and ends without one', () => {
    expect(freeSubnet(['10.1.0.0/24', '10.2.0.0/24'], ['10.1.0.0/24'])).toBe('10.2.0.0/24');
    expect(freeSubnet(['10.1.0.0/24'], ['10.1.0.7'])).toBeNull();
    expect(freeSubnet(['10.1.0.0/25'], [])).toBeNull();
  });

  it('accepts adjacent blocks', () => {
    expect(freeSubnet(['10.1.0.0/24'], ['10.1.1.0/24', '10.0.255.0/24', 'fd00::/8'])).toBe(
      '10.1.0.0/24',
    );
  });
});
