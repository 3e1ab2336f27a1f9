import { soleVariable, splitOutsideBraces } from '../language/interpolate';
import type { ComposeExposedPort, ComposePort } from './compose-project';
import type { Cursor, TemplateReader } from './template-reader';

/** A wider range is a mistake or an attack on the port table. */
const MAX_RANGE_WIDTH = 200;

/** `ports:` in the short form (`[[ip:]host:]container[/protocol]`, ranges too) and the long form. */
export function readPorts(reader: TemplateReader, at: Cursor | null): ComposePort[] {
  return reader
    .list(at)
    .flatMap((item) => (reader.isMap(item) ? readLong(reader, item) : readShort(reader, item)));
}

/** `expose:`. */
export function readExposed(reader: TemplateReader, at: Cursor | null): ComposeExposedPort[] {
  return reader.list(at).flatMap((item) => {
    const text = reader.name(item);
    if (text === null) return [];
    const [range = '', protocol = 'tcp'] = text.split('/');
    const ports = parseRange(range);
    if (!ports || !isProtocol(protocol)) {
      badPort(reader, item, text);
      return [];
    }
    return ports.map((port) => ({ port, protocol }));
  });
}

function readShort(reader: TemplateReader, item: Cursor): ComposePort[] {
  const text = reader.name(item);
  if (text === null) return [];
  const variable = soleVariable(hostPartOf(reader.raw(item) ?? ''));
  const found = /^(?:(\[[^\]]+\]|[^:/]*):)??(?:([\d-]*):)?([\d-]+)(?:\/([a-z]+))?$/i.exec(text);
  const protocol = (found?.[4] ?? 'tcp').toLowerCase();
  const container = parseRange(found?.[3] ?? '');
  const published = found?.[2] ? parseRange(found[2]) : null;
  if (!container || !isProtocol(protocol) || (found?.[2] && !published)) {
    badPort(reader, item, text);
    return [];
  }
  return zip(reader, item, container, published).map(([containerPort, host]) => ({
    containerPort,
    protocol,
    published: host,
    hostIp: found?.[1]?.replace(/^\[|\]$/g, '') || null,
    variable: container.length === 1 ? variable : null,
    path: item.path,
  }));
}

const LONG_KEYS = 'target published host_ip protocol mode name app_protocol';

function readLong(reader: TemplateReader, item: Cursor): ComposePort[] {
  reader.checkKeys(item, LONG_KEYS);
  const target = reader.integer(reader.at(item, 'target'), { min: 1, max: 65_535 });
  const publishedAt = reader.at(item, 'published');
  const publishedText = reader.name(publishedAt);
  const published = publishedText === null ? null : parseRange(publishedText);
  const protocol = (reader.name(reader.at(item, 'protocol')) ?? 'tcp').toLowerCase();
  if (target === null || !isProtocol(protocol) || (publishedText !== null && !published)) {
    badPort(reader, item, publishedText ?? String(target));
    return [];
  }
  return [
    {
      containerPort: target,
      protocol,
      published: published?.[0] ?? null,
      hostIp: reader.name(reader.at(item, 'host_ip')),
      variable: soleVariable(reader.raw(publishedAt) ?? ''),
      path: item.path,
    },
  ];
}

/** The host part of a short form before its variables are filled in: between address and container port. */
export function hostPartOf(raw: string): string {
  return splitOutsideBraces(raw).at(-2) ?? '';
}

function zip(
  reader: TemplateReader,
  item: Cursor,
  container: readonly number[],
  published: readonly number[] | null,
): [number, number | null][] {
  if (!published) return container.map((port) => [port, null]);
  if (container.length === published.length) {
    return container.map((port, index) => [port, published[index] ?? null]);
  }
  // A range of host ports for one container port: the engine may choose any of them; we take the first.
  if (container.length === 1) return [[container[0] ?? 0, published[0] ?? null]];
  reader.wrong(item, '端口范围的长度不一致', 'the two port ranges differ in length');
  return [];
}

function parseRange(text: string): number[] | null {
  const found = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text);
  if (!found) return null;
  const from = Number(found[1]);
  const to = Number(found[2] ?? found[1]);
  if (from < 1 || to > 65_535 || to < from || to - from >= MAX_RANGE_WIDTH) return null;
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

function isProtocol(text: string): text is 'tcp' | 'udp' | 'sctp' {
  return text === 'tcp' || text === 'udp' || text === 'sctp';
}

function badPort(reader: TemplateReader, item: Cursor, text: string): void {
  reader.wrong(item, `端口 "${text}" 无法识别`, `the port "${text}" cannot be read`);
}
