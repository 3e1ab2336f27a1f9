import { get } from 'node:http';
import { createServer } from 'node:net';
import { bilingual } from '../platform/i18n/bilingual';
import { LocalServiceError } from './local-service.error';

/** @throws LocalServiceError that says who is there when the server could not listen at that address */
export async function requireListenable(host: string, port: number): Promise<void> {
  if (port === 0) return;
  const code = await tryToListen(host, port);
  if (code === null) return;
  if (code === 'EADDRINUSE') {
    const ours = await isOurServer(port);
    throw new LocalServiceError(
      ours
        ? bilingual(
            `端口 ${port} 上已经有一个 StackScape 在运行：http://localhost:${port}/docs 。如需再启动一个，请设置另一个 PORT 和 DATA_DIR。`,
            `A StackScape server is running already: http://localhost:${port}/docs. To start another one, set another PORT and DATA_DIR.`,
          )
        : bilingual(
            `端口 ${port} 已被另一个程序占用。请停止它，或用 PORT 指定另一个端口，例如：PORT=3001 npm start`,
            `Port ${port} is taken by another program. Stop it, or choose another port, e.g. PORT=3001 npm start`,
          ),
    );
  }
  throw new LocalServiceError(
    code === 'EACCES'
      ? bilingual(
          `没有权限监听端口 ${port}（低于 1024 的端口需要 root）。请用 PORT 指定另一个端口。`,
          `Not permitted to listen on port ${port} (ports below 1024 need root). Choose another PORT.`,
        )
      : bilingual(
          `无法监听 ${host}:${port}（${code}）。请检查 HOST 和 PORT。`,
          `Cannot listen on ${host}:${port} (${code}). Check HOST and PORT.`,
        ),
  );
}

function tryToListen(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(null)));
  });
}

function isOurServer(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const call = get(
      { host: '127.0.0.1', port, path: '/health/live', timeout: 1_000 },
      (answer) => {
        answer.resume();
        resolve(answer.statusCode === 200 && answer.headers['x-request-id'] !== undefined);
      },
    );
    call.on('timeout', () => call.destroy());
    call.on('error', () => resolve(false));
  });
}
