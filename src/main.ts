import { bootstrap, StartFailure } from './bootstrap';

bootstrap().catch((error: unknown) => {
  const reason =
    error instanceof StartFailure ? `${error.text.en}\n${error.text.zh}` : (error as Error).stack;
  process.stderr.write(`${reason ?? String(error)}\n`);
  process.exit(1);
});
