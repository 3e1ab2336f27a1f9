import type { ComposeBackup } from '../compose/project/compose-project';

/** Data that a service takes in itself once it runs: the dump of a backup that its app is restored from. */
export abstract class ServiceData {
  /** Whether the app is being installed from a backup that holds such data. */
  abstract isExpected(appName: string): Promise<boolean>;
  /**
   * Has the service take it in. May be called again after a kill.
   * @throws the reason why the service did not
   */
  abstract load(service: LoadingService, signal: AbortSignal): Promise<void>;
}

export interface LoadingService {
  readonly appName: string;
  readonly service: string;
  readonly container: string;
  readonly backup: ComposeBackup;
  /** Secrets that its output may hold. */
  readonly secrets: readonly string[];
}
