import { RestartPause } from './restart-pause';

describe(RestartPause.name, () => {
  it('doubles up to half a minute and begins anew after a process that ran for a minute', () => {
    const sut = new RestartPause();
    const pauses = Array.from({ length: 9 }, () => sut.after(1_000));
    expect(pauses).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
    expect([sut.after(60_000), sut.after(59_999)]).toEqual([250, 500]);
  });
});
