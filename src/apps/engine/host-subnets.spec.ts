import { hostSubnets, routedSubnets } from './host-subnets';

const table = `Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0
br-1\t0001D60A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
tun0\t0000100A\t00000000\t0001\t0\t0\t0\t0000F0FF\t0\t0\t0
`;

describe(routedSubnets.name, () => {
  it('reads blocks of any size and leaves the default route out', () => {
    expect(routedSubnets(table)).toEqual(['10.214.1.0/24', '10.16.0.0/12']);
  });

  it('finds nothing where there is no table', () => {
    expect(routedSubnets('')).toEqual([]);
  });
});

describe(hostSubnets.name, () => {
  it('reads the loopback block of this machine', async () => {
    expect(await hostSubnets()).toContain('127.0.0.1/8');
  });
});
