import { TemplateFolder } from '../../../../test/support/template-folder';
import { loadTemplate } from '../layouts/load-template';
import { resolveTemplate } from '../policy/resolve-template';
import { isSavedWhileRunning } from './read-backup';

const folders: TemplateFolder[] = [];
afterAll(() => Promise.all(folders.map((folder) => folder.remove())));

async function resolve(compose: string) {
  const folder = await TemplateFolder.make({ 'compose.yaml': compose, '.env': 'PASSWORD=p\n' });
  folders.push(folder);
  const template = await loadTemplate(folder.path, { name: 'app' });
  return resolveTemplate(template, { prefix: 'w9-', sharedNetwork: 'shared' });
}

/** A service with this `x-backup`, from its line 5 on. */
const withBackup = (text: string) =>
  resolve(
    `services:\n  db:\n    image: db:1\n    volumes: ["data:/data", "dump:/dump"]\n${text}\n`,
  );

const problems = async (text: string) =>
  (await withBackup(text)).problems.map(({ kind, code, line }) => `${kind} ${code} ${line}`);

describe('x-backup', () => {
  it('reads a text for the shell, a list as a command, and fills variables in', async () => {
    const app = await withBackup(`    x-backup:
      pre: dump "$$HOME" \${PASSWORD}
      post: [rm, -f, /dump/file]
      restore: load
      without: [data]
      timeout: 2h`);
    expect(app.problems).toEqual([]);
    expect(app.project.services.get('db')?.backup).toEqual({
      live: true,
      pre: ['/bin/sh', '-c', 'dump "$HOME" p'],
      post: ['rm', '-f', '/dump/file'],
      restore: ['/bin/sh', '-c', 'load'],
      without: ['data'],
      timeoutMs: 7_200_000,
    });
  });

  it.each([
    ['is no mapping', '    x-backup: yes', 'broken bad-value 5'],
    ['is a list', '    x-backup: [dump]', 'broken bad-value 5'],
    [
      'has a key that nobody knows',
      '    x-backup: { before: dump }',
      'unsupported unsupported-key 5',
    ],
    [
      'has a command that is a mapping',
      '    x-backup: { pre: { run: dump } }',
      'broken bad-value 5',
    ],
    ['has an empty command', '    x-backup: { pre: "" }', 'broken bad-value 5'],
    ['has a list without a command', '    x-backup: { pre: [] }', 'broken bad-value 5'],
    ['has no unit in its time limit', '    x-backup: { pre: x, timeout: 5 }', 'broken bad-value 5'],
    ['has a time limit of days', '    x-backup: { pre: x, timeout: 25h }', 'broken bad-value 5'],
    [
      'leaves a volume out that nothing dumps',
      '    x-backup: { without: data }',
      'broken bad-value 5',
    ],
    [
      'leaves a volume out that nothing loads again',
      '    x-backup: { pre: x, without: [data] }',
      'broken bad-value 5',
    ],
    [
      'names a volume that the service does not mount',
      '    x-backup: { pre: x, restore: y, without: [other] }',
      'broken backup-unknown-volume 5',
    ],
    ['stands beside the services', 'x-backup: { db: { pre: dump } }', 'broken bad-value 5'],
  ])('is refused where it %s', async (_, text, problem) => {
    expect(await problems(text)).toContain(problem);
  });

  it('is replaced command by command where a service extends another', async () => {
    const app = await resolve(`services:
  base:
    image: db:1
    volumes: ["data:/data", "dump:/dump"]
    x-backup: { pre: [dump, base], restore: load, without: [data] }
  db:
    extends: base
    x-backup: { pre: [dump, over], without: [dump] }
`);
    const { pre, restore, without } = app.project.services.get('db')?.backup ?? {};
    expect([pre, restore?.at(-1), without]).toEqual([['dump', 'over'], 'load', ['data', 'dump']]);
  });

  it('says that an app is stopped all the same where another service writes data', async () => {
    const app = await resolve(`services:
  db: { image: "db:1", volumes: ["data:/data"], x-backup: { pre: dump } }
  reader: { image: "web:1", volumes: ["data:/data:ro"] }
  plain: { image: "web:1", tmpfs: /tmp }
  writer: { image: "web:1", volumes: ["./conf:/conf"] }
`);
    expect(app.problems.map(({ kind, code }) => `${kind} ${code}`)).toEqual([
      'note backup-hooks-unused',
    ]);
    expect(app.problems[0]?.message.en).toContain('writer');
    const live = [...app.project.services.values()].filter(isSavedWhileRunning);
    expect(live.map(({ name }) => name)).toEqual(['db', 'reader', 'plain']);
  });
});
