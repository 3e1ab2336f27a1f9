import { passwordDigest } from '../../../src/auth/passwords/password-digest';
import { useApp } from '../../support/app-with-admin';
import { issueCode, uniqueName } from '../../support/factories/users';

const password = passwordDigest('secret');
const nobody = '00000000-0000-4000-8000-000000000000';

describe('invalid input to the user routes', () => {
  const app = useApp();
  let code: string;
  beforeAll(async () => {
    code = await issueCode(app.admin);
  });

  /** Everything that a refused call must leave as it was. */
  const state = async (): Promise<string> => {
    const tables = [
      'users',
      'invite_codes',
      'invite_code_uses',
      'auth_sessions',
      'banned_addresses',
    ];
    const rows = await Promise.all(
      tables.map((table) => app.dataSource.query(`SELECT * FROM ${table} ORDER BY id`) as unknown),
    );
    return JSON.stringify(rows);
  };

  const names: [string, unknown][] = [
    ['absent', undefined],
    ['null', null],
    ['empty', ''],
    ['65 characters', 'x'.repeat(65)],
    ['very long', 'x'.repeat(100_000)],
    ['a number', 1],
    ['an array', ['a']],
    ['an object', { $ne: '' }],
    ['true', true],
    ['a blank', ' '],
    ['a blank at the end', 'root '],
    ['a control character', 'ro\u0007ot'],
    ['a NUL', 'root\u0000'],
    ['a line feed', 'root\n'],
    ['an invisible character', 'ro\u200bot'],
    ['a direction override', 'ro\u202eot'],
    ['an emoji', 'root😀'],
    ['SQL', "' OR '1'='1"],
    ['a path', '../root'],
    ['markup', '<b>root</b>'],
  ];
  const passwords: [string, unknown][] = [
    ['absent', undefined],
    ['null', null],
    ['empty', ''],
    ['plain text', 'secret'],
    ['63 digits', password.slice(1)],
    ['65 digits', `${password}0`],
    ['no hex', password.replace(/.$/, 'g')],
    ['a number', 0],
    ['an array', [password]],
    ['the digest of the empty password', passwordDigest('')],
    ['the same in upper case', passwordDigest('').toUpperCase()],
  ];
  const bodies: [string, string, unknown, string][] = [];
  for (const path of ['login', 'register', 'admin/add']) {
    const good = { user_name: 'someone', password };
    for (const [what, user_name] of names)
      bodies.push([path, `user_name ${what}`, { ...good, user_name }, 'user_name']);
    for (const [what, value] of passwords)
      bodies.push([path, `password ${what}`, { ...good, password: value }, 'password']);
    bodies.push([path, 'an unknown field', { ...good, admin: true }, 'admin']);
    bodies.push([
      path,
      '__proto__',
      `{"user_name":"a","password":"${password}","x":{"__proto__":1}}`,
      '',
    ]);
    bodies.push([path, 'an array', [good], '']);
    bodies.push([path, 'a text', '"text"', '']);
    bodies.push([path, 'broken JSON', '{"user_name":', '']);
  }
  for (const role of [2, -1, '', 'admin', 1.5, true, '01', []])
    bodies.push([
      'admin/add',
      `role ${JSON.stringify(role)}`,
      { user_name: 'someone', password, role },
      'role',
    ]);
  for (const invite_code of [1, [], {}, 'x'.repeat(65), 'a\u0000'])
    bodies.push([
      'register',
      `invite_code ${JSON.stringify(invite_code)}`,
      { user_name: 'someone', password, invite_code },
      'invite_code',
    ]);
  for (const refresh_token of [undefined, null, '', 1, 'x'.repeat(257)])
    bodies.push([
      'refresh',
      `refresh_token ${JSON.stringify(refresh_token)}`,
      { refresh_token },
      'refresh_token',
    ]);
  for (const [what, value] of passwords)
    bodies.push([
      `modifyPassword/${nobody}`,
      `new_password ${what}`,
      { new_password: value },
      'new_password',
    ]);
  bodies.push(['modifyPassword/x', 'uid', { new_password: password }, 'uid']);

  it.each(bodies)(
    'POST /user/%s with %s answers 30001, names the field and changes nothing',
    async (path, _what, body, field) => {
      const before = await state();
      const answer = await app.admin.http.post(`/api/v1/user/${path}`, body);
      expect([answer.status, answer.body.code, answer.body.data]).toEqual([400, 30001, null]);
      if (field)
        expect(answer.body.details.map((d: { field: string }) => d.field)).toContain(field);
      expect(await state()).toBe(before);
    },
  );

  it('explains the error in both languages without internals', async () => {
    const body = { user_name: ' ', password: 'x', foo: 1 };
    const [zh, en] = await Promise.all(
      ['zh-CN', 'en'].map((language) =>
        app.http.with({ 'accept-language': language }).post('/api/v1/user/register', body),
      ),
    );
    expect(zh?.body.msg).toMatch(/[\u4e00-\u9fff]/);
    expect(en?.body.msg).not.toMatch(/[\u4e00-\u9fff]/);
    for (const answer of [zh, en]) {
      expect(answer?.body.details).toHaveLength(3);
      expect(answer?.body.requestId).toBe(answer?.headers.get('x-request-id'));
      expect(JSON.stringify(answer?.body)).not.toMatch(/at .*\.(js|ts)|SELECT|node_modules/);
    }
    for (const detail of zh?.body.details ?? []) expect(detail.message).toMatch(/[\u4e00-\u9fff]/);
    for (const detail of en?.body.details ?? [])
      expect(detail.message).not.toMatch(/[\u4e00-\u9fff]/);
  });

  it('accepts names and digests at their limits', async () => {
    for (const user_name of ['x'.repeat(64), '张', 'Ünïcode_1.-@', '𠀋'.repeat(64)]) {
      const invite_code = await issueCode(app.admin);
      const body = { user_name, password: password.toUpperCase(), invite_code };
      expect((await app.http.post('/api/v1/user/register', body)).status).toBe(200);
      const login = await app.http.post('/api/v1/user/login', { user_name, password });
      expect(login.status).toBe(200);
    }
  });

  it.each([
    ['case', 'Case-', (name: string) => name.toLowerCase()],
    ['compatibility forms', 'wide-', (name: string) => name.replace('w', 'ｗ')],
    ['composition', 'é-', (name: string) => name.normalize('NFD')],
    ['a Cyrillic look-alike', 'boss-', (name: string) => name.replace('o', 'о')],
    ['a Greek look-alike', 'boss-', (name: string) => name.replace('o', 'ο')],
  ])(
    'rejects a name that differs only in %s with 60201 and charges no use of the code',
    async (_what, prefix, change) => {
      const name = uniqueName(prefix);
      const register = (user_name: string, invite_code: string) =>
        app.http.post('/api/v1/user/register', { user_name, password, invite_code });
      expect((await register(name, await issueCode(app.admin))).status).toBe(200);
      const before = await state();
      const second = await register(change(name), code);
      expect([second.status, second.body.code]).toEqual([409, 60201]);
      expect(await state()).toBe(before);
    },
  );

  it('answers the documented example uid, which has no RFC version, with 404', async () => {
    const uid = '9a6d777c-997d-a7e5-35f4-8471b7582ac0';
    const answer = await app.admin.http.post(`/api/v1/user/admin/modifyStatus/${uid}?status=1`);
    expect([answer.status, answer.body.code]).toEqual([404, 30000]);
  });
});
