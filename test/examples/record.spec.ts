import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateDocument } from '../../scripts/openapi/generate-document';
import { passwordDigest } from '../../src/auth/passwords/password-digest';
import { PROJECT_ROOT } from '../../src/platform/config/project-root';
import { useApp } from '../support/app-with-admin';
import { selfSigned } from '../support/certificate';
import { labelledCsv } from '../support/factories/compute';
import { LOCKED_LOGIN, LockedRegistry } from '../support/factories/refusing-registry';
import { signIn, signUpUser, uniqueName } from '../support/factories/users';
import { GitServer } from '../support/git/git-server';
import { OpenStream } from '../support/open-stream';
import { OpenApiValidator } from '../support/openapi-validator';
import { pollUntil } from '../support/poll-until';
import { anonymous } from './anonymous';
import { recordNodes } from './nodes';
import { Recorder } from './recorder';

const SAMPLE = { pid: '2333', ctdna: '213', cpg: '4' };
/** A busy machine takes its time. */
const PATIENT = { deadlineMs: 120_000 };
const HELLO = { appName: 'hello' };

/** `npm run examples`: lets a real server answer every call once, and keeps the answers as examples. */
describe('one true answer of every call', () => {
  const folder = mkdtempSync(join(tmpdir(), 'examples-'));
  const certificate = selfSigned(folder);
  const app = useApp({ STORE_NETWORKS: '127.0.0.1', STORE_CA_FILE: certificate.certFile });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('is recorded', async () => {
    const document = new OpenApiValidator(
      JSON.parse(await generateDocument()) as Record<string, unknown>,
    );
    const user = await signUpUser(app, app.admin);
    const recorder = new Recorder(document);
    const admin = recorder.as(app.admin.http);
    const mine = recorder.as(user.http);
    const anybody = recorder.as(app.http);

    await anybody('registrationState');
    const [code] = await admin('issueInviteCodes', { query: { note: 'laboratory', count: 1 } });
    const account = { user_name: uniqueName(), password: passwordDigest('secret') };
    await anybody('register', { body: { ...account, invite_code: code } });
    const tokens = await anybody('login', { body: account });
    await anybody('refresh', { body: { refresh_token: tokens.refresh_token } });
    await recorder.as(app.http.as(tokens.access_token))('logout');
    await mine('me');
    await signIn(app, user);
    const sessions = await mine('sessionsOfMe');
    const other = sessions.find((session: { current: boolean }) => !session.current) ?? sessions[1];
    await mine('endSession', { path: { sid: other.sid } });
    await mine('issueStreamTicket', { body: { path: '/api/v1/apps/events' } });

    const { id } = await mine('addTask', { body: { ...SAMPLE, hcc: true } });
    const { batch, ids } = await mine('addTasks', { body: { items: [SAMPLE, SAMPLE] } });
    await pollUntil(
      'the end of the batch',
      async () => (await mine('batchStatus', { path: { bid: batch } })).finished,
    );
    const { result } = await mine('taskStatus', { path: { tid: ids[0] } });
    await mine('taskStatus', { path: { tid: id } });
    await mine('listTasks', { query: { batch } });
    await recordStream(recorder, 'followBatch', `/api/v1/compute/batches/${batch}/events`, user.accessToken); // prettier-ignore
    await recordStream(recorder, 'followTasks', '/api/v1/compute/events?after=0', user.accessToken);
    const items = Array.from({ length: 900 }, () => SAMPLE);
    const many = (await user.http.post('/api/v1/compute/addBatch', { items })).body.data.ids;
    await mine('cancelTask', { path: { tid: many.at(-1) } });
    await mine('queryHistory', { path: { uid: user.uid }, query: { limit: 2 } });
    await mine('confirmRecord', { path: { rid: result.id }, query: { hcc: true } });
    await mine('exportHistory', { path: { uid: user.uid } });
    await mine('deleteRecord', { path: { rid: result.id } });
    const [next] = (await user.http.get(`/api/v1/history/query/${user.uid}?limit=1`)).body.data;
    await mine('deleteRecordByGet', { path: { rid: next.id } });
    await admin('importHistory', { path: { uid: user.uid }, text: `${labelledCsv(20, 10)}x,1,1,1,\n` }); // prettier-ignore
    const trained = await admin('trainModel');
    await mine('listModels');
    await mine('modelSurface', { path: { id: trained.id } });
    await admin('activateModel', { path: { id: trained.id } });
    await admin('rerunModel', { path: { id: trained.id }, query: { uid: user.uid } });
    await mine('computeStats');
    await mine('lengthHistogram');

    await admin('planInstall', { path: HELLO });
    await admin('listApps', { query: { search: 'hello' } });
    await admin('getApp', { path: HELLO });
    await admin('catalogueReport');
    await recordStores(admin);
    await recordRegistryLogin(admin);
    await admin('reloadCatalogue');
    await admin('installAppByPost', { body: HELLO });
    await admin('cancelInstall', { path: HELLO });
    await gone();
    await admin('installApp', { query: HELLO });
    await running();
    await mine('getAppInfo', { query: HELLO });
    await mine('getAppInfoByPost', { body: HELLO });
    await mine('getAllAppInfo');
    await mine('getAllAppInfoByPost');
    await recordStream(recorder, 'followAppEvents', '/api/v1/apps/hello/events', user.accessToken);
    await recordStream(recorder, 'followAllAppEvents', '/api/v1/apps/events?after=0', user.accessToken); // prettier-ignore
    await admin('getAppStats', { path: HELLO });
    for (const step of ['stopApp', 'startApp', 'restartApp'] as const)
      await admin(step, { path: HELLO });
    await admin('getAppLogs', { path: HELLO });
    await mine('listUpdates');
    await admin('checkUpdates');
    await admin('putUpdatePolicy', { path: HELLO, body: { mode: 'window', cron: '30 3 * * 0', timeZone: 'Europe/Berlin', minutes: 120 } }); // prettier-ignore
    await admin('getUpdatePolicy', { path: HELLO });
    await admin('upgradeApp', { path: HELLO, body: {} });
    await running();
    await recordBackups(admin);
    await admin('planUninstall', { path: HELLO });
    await admin('getDrift');
    await admin('repairDrift');
    await recordNodes(recorder);
    await admin('searchServer');
    await admin('searchServerByPost', { body: {} });
    await admin('serverHistory', { query: { minutes: 1 } });
    await recordStream(recorder, 'serverEvents', '/api/v1/server/events', app.admin.accessToken);
    await admin('scanRisks');
    const [risk] = await admin('listRisks');
    const note = { reason: 'known and accepted' };
    await admin('acknowledgeRisk', { path: { id: risk.id }, body: note });
    await admin('reopenRisk', { path: { id: risk.id } });
    await admin('uninstallApp', { query: { ...HELLO, removeData: true } });
    await app.admin.http.post('/installApp', HELLO);
    await running();
    await admin('uninstallAppByPost', { body: { ...HELLO, removeData: true } });
    await app.admin.http.post('/installApp', HELLO);
    await running();
    await admin('uninstallAllApp', { query: { removeData: true } });
    await admin('uninstallAllAppByPost', { body: { removeData: true } });

    const added = await admin('addUser', { body: { user_name: uniqueName(), password: account.password } }); // prettier-ignore
    const path = { uid: added.uid };
    await admin('getUser', { path });
    await admin('modifyQuota', { path, query: { quota: 500 } });
    await admin('approveUser', { path });
    await admin('modifyRole', { path, query: { role: 1 } });
    await admin('modifyStatus', { path, query: { status: 3 } });
    await admin('listUsers', { query: { limit: 2 } });
    await admin('listInviteCodes', { query: { limit: 2 } });
    const [unused] = (await app.admin.http.get('/api/v1/user/admin/inviteCode')).body.data;
    await admin('revokeInviteCode', { path: { code: unused } });
    const ban = { address: '203.0.113.0/24', reason: 'abuse' };
    const { id: banId } = await admin('banAddress', { body: ban });
    await admin('listAddressBans');
    await admin('liftAddressBan', { path: { id: banId } });
    await signIn(app, user);
    const theirs = await admin('listUserSessions', { path: { uid: user.uid } });
    await admin('endUserSession', { path: { uid: user.uid, sid: theirs[0].sid } });
    await admin('listAudit', { query: { limit: 2 } });
    await mine('modifyPassword', {
      path: { uid: user.uid },
      body: { old_password: user.password, new_password: passwordDigest('another secret') },
    });
    await anybody('live');
    await anybody('ready');
    await anybody('metrics');

    const missing = document.calls
      .map(({ operation }) => operation.operationId)
      .filter((operationId) => !(operationId in recorder.recorded) && operationId !== 'readAppSecrets'); // prettier-ignore
    expect(missing).toEqual([]);
    // No installed app of the tests has a password.
    recorder.recorded['readAppSecrets'] = {
      answer: {
        code: 20000,
        msg: 'success',
        data: [{ name: 'DB_PASSWORD', value: 'xxxxxxxxxxxxxxxxxxxxxxxx' }],
      },
    };
    const text = JSON.stringify(anonymous(recorder.recorded), null, 2);
    writeFileSync(join(PROJECT_ROOT, 'src/http/openapi/recorded-answers.json'), `${text}\n`);
  }, 600_000);

  /** Every call on backups of `hello`. */
  async function recordBackups(admin: ReturnType<Recorder['as']>): Promise<void> {
    const { id } = await admin('backUpApp', { path: HELLO, body: {} });
    const path = { ...HELLO, id };
    const over = (): Promise<unknown> =>
      pollUntil('the work on the backup to end', async () => {
        const { items } = (await app.admin.http.get('/api/v1/apps/hello/backups')).body.data;
        return items.every(({ state }: { state: string }) => state === 'saved');
      }, PATIENT); // prettier-ignore
    await over();
    for (const work of ['restoreBackup', 'verifyBackup'] as const) {
      await admin(work, work === 'restoreBackup' ? { path, body: {} } : { path });
      if (work === 'verifyBackup') await admin('cancelBackup', { path });
      await over();
    }
    await admin('getBackup', { path });
    await admin('listBackups', { path: HELLO });
    const schedule = { cron: '30 3 * * *', timeZone: 'Europe/Berlin', keepLast: 2, keepDaily: 7 };
    await admin('putDefaultBackupSchedule', { body: schedule });
    await admin('getDefaultBackupSchedule');
    await admin('previewTimes', { query: { cron: '30 3 * * *', timeZone: 'Europe/Berlin' } });
    await admin('deleteDefaultBackupSchedule');
    await admin('putBackupSchedule', { path: HELLO, body: schedule });
    await admin('getBackupSchedule', { path: HELLO });
    await app.dataSource.query("UPDATE app_backups SET origin = 'schedule'");
    await admin('previewRetention', { path: HELLO });
    await admin('deleteBackupSchedule', { path: HELLO });
    await admin('listBackupRepositories');
    const { key } = await admin('showBackupKey', { path: { name: 'local' } });
    await admin('deleteBackup', { path });
    await over();
    // The repository is opened as one of another server: with no backup of this one in it.
    const { items } = (await app.admin.http.get('/api/v1/apps/hello/backups')).body.data;
    for (const left of items) {
      await app.admin.http.delete(`/api/v1/apps/hello/backups/${left.id}`);
      await over();
    }
    await admin('openBackupRepository', { path: { name: 'local' }, body: { key } });
  }

  /** A git store with an update that is taken. */
  async function recordRegistryLogin(admin: ReturnType<Recorder['as']>): Promise<void> {
    const locked = await LockedRegistry.start({ hasLogin: true });
    const path = { registry: locked.address };
    await admin('setRegistryLogin', { path, body: LOCKED_LOGIN });
    await admin('listRegistryLogins');
    await admin('removeRegistryLogin', { path });
    await locked.stop();
  }

  async function recordStores(admin: ReturnType<Recorder['as']>): Promise<void> {
    const server = await GitServer.start(certificate);
    try {
      const repository = server.repository('apps');
      const compose = (image: string) => `services:\n  web:\n    image: ${image}\n`;
      repository.write({ 'apps/wiki/docker-compose.yml': compose('wiki:1') }).commit();
      const { name } = await admin('addGitStore', { body: { url: repository.url, ref: 'main', name: 'laboratory' } }); // prettier-ignore
      const fetched = () =>
        pollUntil('the store to be fetched', async () => {
          const [store] = await admin('listGitStores');
          return store.busy ? null : store;
        }, PATIENT); // prettier-ignore
      await fetched();
      repository.write({ 'apps/wiki/docker-compose.yml': compose('wiki:2') });
      repository.write({ 'apps/notes/docker-compose.yml': compose('notes:1') }).commit();
      await admin('checkGitStore', { path: { store: name } });
      const { update } = await fetched();
      await admin('updateGitStore', { path: { store: name }, body: { commit: update.commit } });
      await admin('removeGitStore', { path: { store: name } });
    } finally {
      await server.stop();
    }
  }

  const stateOf = async (): Promise<string | undefined> =>
    (await app.admin.http.get('/getAppInfo?appName=hello')).body.data?.status;
  const running = (): Promise<unknown> =>
    pollUntil('hello to run', async () => (await stateOf()) === '1', PATIENT);
  const gone = (): Promise<unknown> =>
    pollUntil('the cancelled install to be gone', async () => {
      const { data } = (await app.admin.http.get('/getAppInfo?appName=hello')).body;
      return data === null || ['cancelled', 'removed'].includes(data.phase);
    });

  /** The first events of a stream, as text. */
  async function recordStream(
    recorder: Recorder,
    id: string,
    path: string,
    token: string,
  ): Promise<void> {
    const stream = await OpenStream.open(app.url + path, token);
    await pollUntil(`events of ${path}`, () => stream.events.length > 0);
    stream.close();
    const answer = stream.events
      .slice(0, 2)
      .map(
        (e) =>
          `${e.id === null ? '' : `id: ${e.id}\n`}event: ${e.event}\ndata: ${JSON.stringify(e.data)}\n\n`,
      ) // prettier-ignore
      .join('');
    recorder.recorded[id] = { answer };
  }
});
