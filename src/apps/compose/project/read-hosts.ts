import type { Cursor, TemplateReader } from './template-reader';

/** `extra_hosts:`, as `name:address`, `name=address` or a map; one name may have several addresses. */
export function readExtraHosts(
  reader: TemplateReader,
  at: Cursor | null,
): { host: string; address: string }[] {
  if (at && !reader.isList(at)) {
    return reader
      .entries(at)
      .flatMap(([host, item]) => reader.texts(item).map((address) => ({ host, address })));
  }
  return reader.list(at).flatMap((item) => {
    const text = reader.name(item);
    const found = text === null ? null : /^([^:=\s]+)[:=](.+)$/.exec(text);
    if (text !== null && !found) {
      reader.wrong(item, `"${text}" 应为 主机名:地址`, `"${text}" must be name:address`);
    }
    return found?.[1] && found[2]
      ? [{ host: found[1], address: found[2].replace(/^\[|\]$/g, '') }]
      : [];
  });
}
