/** The key of the query for the schedule of an app, or without one for the default. */
export function scheduleKey(appName: string | null): readonly string[] {
  return appName === null ? ['backup-schedule'] : ['app', appName, 'backup-schedule'];
}
