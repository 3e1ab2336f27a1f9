// Brings up private services in the folder given as argument, prints them as one line of JSON and
// stays, as `npm start` does: for tests that kill it.
import { startLocalServices } from '../../../src/local-services/local-services';

void startLocalServices({ dataDir: process.argv[2] ?? '' }).then((services) => {
  const { databaseUrl, redisUrl } = services;
  process.stdout.write(`${JSON.stringify({ databaseUrl, redisUrl })}\n`);
  setInterval(() => undefined, 60_000);
});
