import type { ComposeHealthcheck } from './compose-project';
import type { Cursor, TemplateReader } from './template-reader';

const KEYS = 'test interval timeout retries start_period start_interval disable';

/** `healthcheck:`. A text is run by the shell, a list begins with CMD, CMD-SHELL or NONE. */
export function readHealthcheck(
  reader: TemplateReader,
  at: Cursor | null,
): ComposeHealthcheck | null {
  if (!at || reader.entries(at).length === 0) return null;
  reader.checkKeys(at, KEYS);
  reader.withoutEffect(reader.at(at, 'start_interval'), 'start_interval');
  const testAt = reader.at(at, 'test');
  const test = readTest(reader, testAt);
  return {
    disable: reader.boolean(reader.at(at, 'disable')) === true || test?.[0] === 'NONE',
    test,
    interval: atLeastOneMillisecond(reader, reader.at(at, 'interval')),
    timeout: atLeastOneMillisecond(reader, reader.at(at, 'timeout')),
    startPeriod: reader.duration(reader.at(at, 'start_period')),
    retries: reader.integer(reader.at(at, 'retries'), { max: 10_000 }),
  };
}

function readTest(reader: TemplateReader, at: Cursor | null): string[] | null {
  if (!at) return null;
  if (!reader.isList(at)) {
    const text = reader.name(at);
    return text === null ? null : ['CMD-SHELL', text];
  }
  const test = reader.list(at).map((item) => reader.text(item) ?? '');
  const [kind, ...words] = test;
  if (kind === 'NONE' || ((kind === 'CMD' || kind === 'CMD-SHELL') && words.length > 0))
    return test;
  reader.wrong(
    at,
    '健康检查的列表应以 CMD、CMD-SHELL 或 NONE 开头',
    'the list of a health check begins with CMD, CMD-SHELL or NONE',
  );
  return null;
}

/** The engine takes 0 as "inherit" and refuses what lies between. */
function atLeastOneMillisecond(reader: TemplateReader, at: Cursor | null): number | null {
  const duration = reader.duration(at);
  if (duration === null || duration === 0 || duration >= 1e6) return duration;
  reader.wrong(at, '不得小于 1ms', 'must not be shorter than 1ms');
  return null;
}
