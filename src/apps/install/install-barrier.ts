import type { EntityManager } from 'typeorm';

/** What may stand against an install besides the app itself. */
export abstract class InstallBarrier {
  /** Called by the transaction that has made the installation. @throws the reason why it may not be */
  abstract refuse(tx: EntityManager, appName: string): Promise<void>;
}
