import { servicesOfThisRun } from './test-services';

/** Ends what the global setup started, once. */
export default async function globalTeardown(): Promise<void> {
  const services = servicesOfThisRun.current;
  servicesOfThisRun.current = undefined;
  await (await services?.catch(() => undefined))?.stop();
}
