import { parseArgs } from 'node:util';
import { bilingual, type Bilingual } from '../../platform/i18n/bilingual';
import { printLine, UsageError } from './terminal';

/**
 * The arguments of a command, or null after `--help`, which has printed the usage.
 *
 * @throws UsageError for an unknown option or another number of arguments
 */
export function readArguments(
  usage: Bilingual,
  [least, most]: readonly [number, number],
  argv: readonly string[] = process.argv.slice(2),
): string[] | null {
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: { help: { type: 'boolean', short: 'h' } },
    });
    if (values.help) {
      printLine(usage);
      return null;
    }
    if (positionals.length >= least && positionals.length <= most) return positionals;
  } catch (error) {
    if (!String((error as { code?: unknown }).code).startsWith('ERR_PARSE_ARGS')) throw error;
  }
  const given = argv.join(' ');
  throw new UsageError(
    bilingual(`参数不正确：${given}\n${usage.zh}`, `Wrong arguments: ${given}\n${usage.en}`),
  );
}
