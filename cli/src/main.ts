import { ApiError, NotSignedIn, PermissionDenied, StackScapeError } from '@stackscape/client';
import { CommanderError } from 'commander';
import { ExitCode, exitCodeOf, JobFailedError, UsageError } from './exit-codes.js';
import { buildProgram } from './program.js';
import { chooseLanguage, type Language } from './terminal/language.js';
import { harmless } from './terminal/width.js';

async function main(argv: readonly string[]): Promise<ExitCode> {
  const language = chooseLanguage(argv, process.env);
  try {
    await buildProgram(language).parseAsync([...argv], { from: 'user' });
    return ExitCode.done;
  } catch (error) {
    if (error instanceof CommanderError)
      return error.exitCode === 0 ? ExitCode.done : ExitCode.usage;
    report(error, argv.includes('--json'), language);
    return exitCodeOf(error);
  }
}

/** One line for people, one JSON object for scripts; what nobody expected comes with its stack. */
function report(error: unknown, json: boolean, language: Language): void {
  const expected =
    error instanceof StackScapeError ||
    error instanceof UsageError ||
    error instanceof JobFailedError;
  const message = expected ? error.message : String((error as Error).stack ?? error);
  if (json) {
    const { code, status, fields, requestId, retryAfter } =
      error instanceof ApiError ? error : ({} as Partial<ApiError>);
    const kind =
      (error as Error).name === 'Error' ? (error as Error).constructor.name : (error as Error).name;
    const body = { error: { kind, message, code, status, fields, requestId, retryAfter } };
    process.stderr.write(`${JSON.stringify(body)}\n`);
    return;
  }
  process.stderr.write(`stackscape: ${harmless(message)}\n`);
  if (!(error instanceof ApiError)) return;
  const hint = hintAt(error)?.[language];
  if (hint !== undefined) process.stderr.write(`  ${hint}\n`);
  for (const field of error.fields)
    process.stderr.write(`  ${field.field}: ${harmless(field.message)}\n`);
  if (error.status >= 500) process.stderr.write(`  requestId: ${error.requestId ?? '–'}\n`);
}

/** The command or option that helps; the server's message names headers, which people here do not send. */
function hintAt(error: ApiError): Readonly<Record<Language, string>> | null {
  if (error instanceof NotSignedIn)
    return { zh: '登录：stackscape login', en: 'To sign in: stackscape login' };
  if (error instanceof PermissionDenied && error.message.includes('setup-token'))
    return {
      zh: '安装令牌：stackscape register --setup-token <token>',
      en: 'With the token: stackscape register --setup-token <token>',
    };
  return null;
}

// A reader like `head` that has gone is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) =>
  process.exit(error.code === 'EPIPE' ? 0 : 1),
);
process.once('SIGTERM', () => process.exit(143));

void main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
