import { AppLab, CLEAN } from '../support/factories/app-lab';
import { SmallDisk } from '../support/small-disk';

const compose = (image: string): string => `
services:
  web:
    image: ${image}
    volumes: ["./settings:/settings"]
`;

describe('an install while the disk of the data folder is full', () => {
  it('fails with that cause, leaves nothing and succeeds when there is room', async () => {
    const disk = await SmallDisk.mount(64);
    const lab = await AppLab.start({ DATA_DIR: disk.folder });
    try {
      const image = await lab.image();
      await lab.writeApp('roomy', compose(image), { 'settings/large': 'x'.repeat(100_000) });
      await disk.fill();
      expect((await lab.install('roomy')).status).toBe(200);
      expect(await lab.ended('roomy')).toMatchObject({
        phase: 'failed',
        cause: 'data-folder-full',
        info: expect.stringContaining('The disk of the data folder is full'),
      });
      expect(await lab.leftovers()).toEqual(CLEAN);
      await disk.empty();
      await lab.installed('roomy');
    } finally {
      await lab.close();
      await disk.unmount();
    }
  });
});
