/** Which range a port is leased from, and what it is shown as. */
export type LeaseRole = 'main' | 'database' | 'other';
