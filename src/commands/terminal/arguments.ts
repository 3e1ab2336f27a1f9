import { parseArgs } from 'node:util';
import { bilingual, type Bilingual } from '../../platform/i18n/bilingual';
import { printLine, UsageError } from './terminal';

/** Where a backup of the server goes to or comes from: at most one of both. */
export interface BackupPlace {
  readonly file?: string;
  /** Name of a repository in which backups of apps are kept. */
  readonly repository?: string;
  /** How many backups of the server stay in the repository; absent: all. */
  readonly keep?: number;
}

/**
 * The place that was given, or null after `--help`, which has printed the usage.
 *
 * @param options `keeps`: whether `--keep` may be given with a repository
 * @throws UsageError for anything else
 */
export function readBackupPlace(
  usage: Bilingual,
  argv: readonly string[] = process.argv.slice(2),
  { keeps = false }: { readonly keeps?: boolean } = {},
): BackupPlace | null {
  const { values, rest: others } = separated(argv, '--repository');
  const { values: counts, rest } = keeps ? separated(others, '--keep') : { values: [], rest: others }; // prettier-ignore
  const given = readArguments(usage, [0, values.length > 0 ? 0 : 1], rest);
  if (!given) return null;
  const [repository, another] = values;
  const [count, further] = counts;
  const isCount = count === undefined || (/^[1-9]\d{0,4}$/.test(count) && repository !== undefined);
  if (another !== undefined || repository === '' || further !== undefined || !isCount)
    throw wrongArguments(usage, argv);
  if (repository !== undefined)
    return { repository, ...(count === undefined ? {} : { keep: Number(count) }) };
  return given[0] === undefined ? {} : { file: given[0] };
}

/** The values of an option, and what is left without it. */
function separated(argv: readonly string[], option: string) {
  const values: string[] = [];
  const rest: string[] = [];
  for (let index = 0; index < argv.length; index += 1) {
    const word = argv[index] ?? '';
    if (word.startsWith(`${option}=`)) values.push(word.slice(option.length + 1));
    else if (word === option) values.push(argv[(index += 1)] ?? '');
    else rest.push(word);
  }
  return { values, rest };
}

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
  throw wrongArguments(usage, argv);
}

function wrongArguments(usage: Bilingual, argv: readonly string[]): UsageError {
  const given = argv.join(' ');
  return new UsageError(
    bilingual(`参数不正确：${given}\n${usage.zh}`, `Wrong arguments: ${given}\n${usage.en}`),
  );
}
