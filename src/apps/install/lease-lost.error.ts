/** Another run has taken the installation over; this one must not touch anything any more. */
export class LeaseLostError extends Error {
  constructor(installationId: string) {
    super(`installation ${installationId} was taken over by another run`);
    this.name = LeaseLostError.name;
  }
}

/** The process is shutting down; another run takes the installation up where this one stopped. */
export class ShuttingDownError extends Error {
  constructor() {
    super('shutting down');
    this.name = ShuttingDownError.name;
  }
}
