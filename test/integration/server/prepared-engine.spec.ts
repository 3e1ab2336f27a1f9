import { riskKinds, type RiskCode } from '../../../src/server/risks/risk-codes';
import { findFreePort } from '../../../src/local-services/free-port';
import { startAppWithAdmin, type AppWithAdmin } from '../../support/app-with-admin';
import { selfSigned } from '../../support/certificate';
import { EngineProxy } from '../../support/engine-proxy';
import { weaknesses, WEAK_ENGINE, type Weakness } from '../../support/factories/weaknesses';
import { pollUntil } from '../../support/poll-until';
import { PrivateEngine } from '../../support/private-engine';
import { buildStandIn } from '../../support/stand-in-image';

/** Kinds that own-settings.spec.ts brings about. */
const ofSettings: readonly RiskCode[] = [
  'no-tls',
  'open-cors',
  'apps-on-all-addresses',
  'login-unthrottled',
];

describe('risk audit of a prepared engine', () => {
  let engine: PrivateEngine;
  let proxy: EngineProxy;
  let sut: AppWithAdmin;
  let all: Weakness[];

  beforeAll(async () => {
    engine = await PrivateEngine.start(WEAK_ENGINE);
    proxy = await EngineProxy.start(engine.host.slice('unix://'.length));
    all = weaknesses(engine, proxy);
    await buildStandIn('sound:1', {}, engine.docker);
    await engine.docker.getImage('sound:1').tag({ repo: 'sound', tag: 'latest' });
    await buildStandIn('unhealthy:1', { health: 'unhealthy' }, engine.docker);
    for (const { bring } of [...all].reverse()) await bring();
    sut = await startAppWithAdmin({ DOCKER_HOST: proxy.host, THROTTLE_LOGIN: '20/60' });
  });
  afterAll(async () => {
    await sut?.close();
    await proxy?.stop();
    await engine?.destroy();
  });

  /** What is found, but for the other disks of this machine. */
  const found = async (): Promise<string[]> => {
    const { status, body } = await sut.admin.http.post('/api/v1/server/risks/scan');
    expect(status).toBe(200);
    return (body.data as { code: string; subject: string }[])
      .filter(
        ({ code, subject }) => !/^(disk|inode)-/.test(code) || subject.startsWith(engine.folder),
      )
      .map(({ code, subject }) => `${code}: ${subject}`)
      .sort();
  };
  const expectOnly = async (expected: readonly string[], after: string): Promise<void> => {
    let last: string[] = [];
    await pollUntil(after, async () => {
      last = await found();
      return last.length === expected.length;
    }).catch(() => undefined);
    expect({ after, found: last }).toEqual({ after, found: [...expected].sort() });
  };

  it('finds exactly one weakness of each kind, and one fewer after each remedy', async () => {
    // `install-stuck` has its own spec, apps/stuck, and backups have apps/backup-schedules.
    const backups = ['backup-failed', 'backup-not-started', 'backup-overdue', 'backup-unproved'];
    const others = ['engine-unreachable', 'install-stuck', ...backups, ...ofSettings];
    expect([...all.map(({ code }) => code), ...others].sort()).toEqual(
      Object.keys(riskKinds).sort(),
    );
    const left = all.map(({ code, subject }) => `${code}: ${subject}`);
    await expectOnly(left, 'all are brought about');
    for (const { code, remedy } of all) {
      await remedy();
      left.shift();
      await expectOnly(left, code);
    }

    await engine.down();
    await expectOnly(['engine-unreachable: docker'], 'the engine ended');
    await engine.up();
    await expectOnly([], 'the engine was started again');
  });

  it('accepts TLS of the engine API only with client certificates', async () => {
    const { certFile, keyFile } = selfSigned(engine.folder);
    const address = ['--host', `tcp://127.0.0.1:${await findFreePort()}`];
    const tls = ['--tlscacert', certFile, '--tlscert', certFile, '--tlskey', keyFile];
    proxy.version = '99.0.0';
    await engine.restart([...address, '--tls', '--tlsverify=false', ...tls]);
    await expectOnly(['engine-tcp-exposed: docker'], 'TLS without client certificates');
    await engine.restart([...address, '--tlsverify', ...tls]);
    await expectOnly([], 'TLS with client certificates');
  });
});
