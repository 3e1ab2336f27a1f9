import { isPrivateSubnet } from './private-subnet';

describe(isPrivateSubnet.name, () => {
  it.each([
    ['10.1.2.0/24', []],
    ['172.31.0.0/16', ['172.31.0.1', '172.31.5.0/24']],
    ['fd00:1::/64', ['fd00:1::1']],
  ])('accepts %s', (cidr, within) => {
    expect(isPrivateSubnet(cidr, within)).toBe(true);
  });

  it.each([
    ['8.8.8.0/24', []],
    ['169.254.169.0/24', []],
    ['127.0.0.0/16', []],
    ['10.0.0.0/8', []],
    ['172.16.0.0/12', []],
    ['10.0.0.0', []],
    ['10.0.0.0/31', []],
    ['fe80::/64', []],
    ['2001:db8::/64', []],
    ['0.0.0.0/0', []],
    ['10.1.0.0/16', ['10.2.0.1']],
    ['10.1.2.0/24', ['10.1.0.0/16']],
    ['x', []],
  ])('rejects %s with %j', (cidr, within) => {
    expect(isPrivateSubnet(cidr, within)).toBe(false);
  });
});
