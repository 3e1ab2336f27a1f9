/** Nobody can act on these. */
const UNKNOWN_CAUSES = new Set(['unexpected', 'none']);

/** What clients of a storm were answered, and what they saw that must never happen. */
export class Told {
  /** Requests sent. */
  requests = 0;
  /** Requests whose answer was lost: what they did is unknown. */
  lost = 0;
  answers = 0;
  /** Answers that the database is full. */
  databaseFull = 0;
  readonly byStatus = new Map<number, number>();
  readonly violations: string[] = [];

  /** Ids of acknowledged tasks by the uid of their user. */
  readonly tasks = new Map<string, string[]>();
  /** Tasks in submissions whose answer was lost, by uid: so many more may exist. */
  readonly unknownTasks = new Map<string, number>();
  /** Acknowledged accounts. */
  readonly accounts: { readonly name: string; readonly password: string }[] = [];
  /** Registrations whose answer was lost. */
  unknownAccounts = 0;
  bansChecked = 0;
  roleChecks = 0;
  installs = 0;
  uninstalls = 0;
  /** Installs that failed, by cause. */
  readonly causes = new Map<string, number>();

  /** An install failed, for a cause that must be known. */
  failed(appName: string, cause: string, text: string): void {
    this.causes.set(cause, (this.causes.get(cause) ?? 0) + 1);
    if (UNKNOWN_CAUSES.has(cause)) this.violation(`${appName} failed for ${cause}: ${text}`);
  }

  violation(what: string): void {
    if (this.violations.length < 50) this.violations.push(what);
  }
}
