import { LocalServiceError } from '../../local-services/local-service.error';
import { printError } from '../terminal/terminal';
import { BackupError } from './backup.error';

/** Says in one sentence what went wrong, where that is known, and ends with status 1. */
export function reportAndExit(error: unknown): void {
  if (error instanceof BackupError || error instanceof LocalServiceError) printError(error.text);
  else printError(error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.exitCode = 1;
}
