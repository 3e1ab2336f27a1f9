import type { VariableLookup } from '../language/interpolate';
import type { ComposeFileMount, ComposeFileObject } from './compose-project';
import type { Cursor, TemplateReader } from './template-reader';

const OBJECT_KEYS = 'name file content environment external labels template_driver';

/** `configs:` and `secrets:` of the project. */
export function readFileObjects(
  reader: TemplateReader,
  at: Cursor | null,
  variables: VariableLookup,
): Map<string, ComposeFileObject> {
  const objects = new Map<string, ComposeFileObject>();
  for (const [name, item] of reader.namedEntries(at)) {
    reader.checkKeys(item, OBJECT_KEYS);
    for (const key of ['external', 'template_driver']) {
      const found = reader.at(item, key);
      if (found && found.value !== false) reader.unsupported(found, key);
    }
    const file = reader.path(reader.at(item, 'file'));
    const environment = reader.name(reader.at(item, 'environment'));
    const content =
      environment === null ? reader.text(reader.at(item, 'content')) : variables(environment);
    const given = [file, environment ?? content].filter((value) => value !== null);
    if (given.length !== 1 && !reader.at(item, 'external')) {
      reader.wrong(
        item,
        '需要 file、content 或 environment 之一',
        'needs one of file, content and environment',
      );
    }
    if (environment !== null && content === undefined) {
      reader.wrong(
        item,
        `变量 ${environment} 未定义`,
        `the variable ${environment} is not defined`,
      );
    }
    objects.set(name, { name, file, content: content ?? null, path: item.path });
  }
  return objects;
}

/** `configs:` and `secrets:` of a service; `base` is where a short form lands. */
export function readFileMounts(
  reader: TemplateReader,
  at: Cursor | null,
  base: '/' | '/run/secrets/',
): ComposeFileMount[] {
  const mounts: ComposeFileMount[] = [];
  for (const item of reader.list(at)) {
    if (!reader.isMap(item)) {
      const source = reader.name(item);
      if (source !== null) {
        mounts.push({
          source,
          target: base + source,
          mode: null,
          uid: null,
          gid: null,
          path: item.path,
        });
      }
      continue;
    }
    reader.checkKeys(item, 'source target uid gid mode');
    for (const key of ['uid', 'gid']) reader.withoutEffect(reader.at(item, key), key);
    const source = reader.name(reader.at(item, 'source'));
    if (source === null) {
      reader.wrong(item, '缺少 source', 'needs a source');
      continue;
    }
    const target = reader.name(reader.at(item, 'target')) ?? source;
    mounts.push({
      source,
      target: target.startsWith('/') ? target : base + target,
      mode: readFileMode(reader, reader.at(item, 'mode')),
      uid: reader.name(reader.at(item, 'uid')),
      gid: reader.name(reader.at(item, 'gid')),
      path: item.path,
    });
  }
  return mounts;
}

/** Permission bits. YAML 1.2 reads `0440` as a decimal number, authors mean octal, so the digits are read as octal. */
export function readFileMode(reader: TemplateReader, at: Cursor | null): number | null {
  const text = reader.name(at);
  if (text === null) return null;
  const octal = /^(?:0o?)?([0-7]{1,5})$/.exec(text)?.[1];
  if (octal) return Number.parseInt(octal, 8);
  reader.wrong(at, '应为八进制权限，如 0440', 'must be octal permissions, such as 0440');
  return null;
}
