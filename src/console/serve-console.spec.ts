import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fastify } from 'fastify';
import { serveConsole } from './serve-console';

describe(serveConsole.name, () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'console-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  async function ask(path: string) {
    const server = fastify();
    const served = serveConsole(server, folder);
    const { statusCode, headers, body } = await server.inject(path);
    await server.close();
    return { served, statusCode, headers, body };
  }

  it('serves the built page at / and its icon as /favicon.ico', async () => {
    mkdirSync(join(folder, 'assets'));
    writeFileSync(join(folder, 'index.html'), '<script nonce="CSP_NONCE"></script>');
    writeFileSync(join(folder, 'assets', 'icon-Abc123.svg'), '<svg/>');
    const page = await ask('/');
    expect(page).toMatchObject({ served: true, statusCode: 200 });
    expect(page.body).not.toContain('CSP_NONCE');
    const icon = await ask('/favicon.ico');
    expect(icon).toMatchObject({ statusCode: 200, body: '<svg/>' });
    expect(icon.headers['content-type']).toBe('image/svg+xml');
    expect(icon.headers['cache-control']).toBe('public, max-age=86400');
  });

  it('leads to Swagger UI and its icon where no console is built, also behind a path prefix', async () => {
    const page = await ask('/');
    expect(page).toMatchObject({ served: false, statusCode: 302 });
    expect(page.headers.location).toBe('docs');
    expect((await ask('/favicon.ico')).headers.location).toBe('docs/favicon-32x32.png');
  });
});
