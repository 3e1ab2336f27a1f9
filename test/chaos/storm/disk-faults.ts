import { type Fault, NEEDS_ROOT } from './fault';
import { pause } from './load';

/** Room that a full database is left with: less than a table grows by at a time. */
const SPARE_BYTES = 2 * 1024 * 1024;
const MAX_PRESS_MS = 6_000;

export const DISK_FAULTS: Readonly<Record<string, Fault>> = {
  'data folder full': async ({ dataDisk, random }) => {
    if (!dataDisk) return `data folder full ${NEEDS_ROOT}`;
    await dataDisk.fill();
    await pause(random.between(500, 4_000));
    await dataDisk.empty();
    return 'data folder full';
  },

  /** Clients submit more than usual until one is told that the disk is full. */
  'database full': async ({ databaseDisk, random, told, load }) => {
    if (!databaseDisk) return `database full ${NEEDS_ROOT}`;
    const before = told.databaseFull;
    await databaseDisk.fill(SPARE_BYTES);
    load.pressing = true;
    const end = performance.now() + MAX_PRESS_MS;
    while (told.databaseFull === before && performance.now() < end) await pause(100);
    load.pressing = false;
    await pause(random.between(500, 3_000));
    await databaseDisk.empty();
    return `database full, refused ${told.databaseFull - before} times`;
  },
};
