/** Payload of a job of the install queue: the row says what is to be done. */
export interface InstallJob {
  readonly installationId: string;
}
