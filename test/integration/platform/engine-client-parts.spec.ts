import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** The files that a process of its own has loaded after this script. */
function loadedBy(script: string): string {
  return execFileSync(
    process.execPath,
    ['-r', './test/chaos/register.js', '-e', `${script}; console.log(Object.keys(require.cache).join('\\n'))`], // prettier-ignore
    { cwd: join(__dirname, '..', '..', '..'), encoding: 'utf8' },
  );
}

describe('the client of the Docker Engine', () => {
  const client = `require('./src/platform/docker/docker-engine')`;

  it('loads neither SSH nor gRPC, which nothing uses', () => {
    const files = loadedBy(client);
    expect(files).toContain('node_modules/dockerode/lib/docker.js');
    expect(files).not.toMatch(/node_modules\/(ssh2|@grpc)\//);
  });

  it('loads a part when it is called', () => {
    const files = loadedBy(`${client}; require('docker-modem/lib/ssh')({ host: '127.0.0.1' })`);
    expect(files).toContain('node_modules/ssh2/lib/index.js');
    expect(files).not.toContain('node_modules/@grpc/');
  });
});
