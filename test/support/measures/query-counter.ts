import type { DataSource, Logger } from 'typeorm';

/** Counts the statements that a process sends to its database while `work` runs. */
export async function queriesDuring(
  dataSource: DataSource,
  work: () => Promise<unknown>,
): Promise<string[]> {
  const queries: string[] = [];
  const usual = dataSource.logger;
  const nothing = (): void => undefined;
  const counting: Logger = {
    logQuery: (query) => void queries.push(query.replace(/\s+/g, ' ').trim()),
    logQueryError: nothing,
    logQuerySlow: nothing,
    logSchemaBuild: nothing,
    logMigration: nothing,
    log: nothing,
  };
  dataSource.logger = counting;
  try {
    await work();
  } finally {
    dataSource.logger = usual;
  }
  return queries;
}
