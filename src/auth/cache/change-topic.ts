/** What is kept in memory and may change: one account, or the list of banned addresses. */
export type CacheTopic = `user:${string}` | 'addresses';

/** Called with the topic to forget; null means everything. */
export type InvalidationListener = (topic: CacheTopic | null) => void;
