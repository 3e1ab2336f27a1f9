import { createServer, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';

/**
 * Stands for a Docker Engine with more containers than a machine can run: `PUT /apps` gives it the rows
 * of its list, and `ENGINE_ID` names the engine that it passes for. No event ever comes.
 */
let list = '[]';
const INFO = { ServerVersion: '20.10.24', SecurityOptions: [], NCPU: 2 };

const server = createServer((request, response) => {
  const path = (request.url ?? '').replace(/^\/v[\d.]+/, '').split('?')[0] ?? '';
  switch (path) {
    case '/apps':
      void text(request).then((body) => {
        list = body;
        answer(response, '{}');
      });
      return;
    case '/bare':
    case '/_ping':
      return answer(response, '{"ok":true}');
    case '/version':
      return answer(response, '{"Version":"20.10.24","ApiVersion":"1.41"}');
    case '/info':
      return answer(response, JSON.stringify({ ...INFO, ID: process.env['ENGINE_ID'] }));
    case '/containers/json':
      return answer(response, list);
    case '/events':
      response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
      return;
    case '/networks':
    case '/images/json':
      return answer(response, '[]');
    case '/volumes':
      return answer(response, '{"Volumes":[]}');
    default:
      response.statusCode = 404;
      return answer(response, '{"message":"not in this engine"}');
  }
});

function answer(response: ServerResponse, body: string): void {
  response.setHeader('content-type', 'application/json');
  response.end(body);
}

server.listen(Number(process.env['PORT']), '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
process.on('disconnect', () => process.exit(0));
