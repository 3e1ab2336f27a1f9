import { bootstrap } from './bootstrap';
import { OperatorError } from './platform/errors/operator-error';

bootstrap().catch((error: unknown) => {
  const reason =
    error instanceof OperatorError ? `${error.text.en}\n${error.text.zh}` : (error as Error).stack;
  process.stderr.write(`${reason ?? String(error)}\n`);
  process.exit(1);
});
