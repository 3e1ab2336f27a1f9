import { type Fault, NEEDS_ROOT } from './fault';
import { pause } from './load';

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
  'database full': async ({ database, random, told, load }) => {
    if (!database) return `database full ${NEEDS_ROOT}`;
    const before = told.databaseFull;
    await database.fill();
    load.pressing = true;
    const end = performance.now() + MAX_PRESS_MS;
    while (told.databaseFull === before && performance.now() < end) await pause(100);
    load.pressing = false;
    await pause(random.between(500, 3_000));
    const died = await database.empty();
    const refused = `refused ${told.databaseFull - before} times`;
    return `database full, ${refused}${died ? ', died and was started again' : ''}`;
  },
};
