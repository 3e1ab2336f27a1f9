import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { findFreePort } from '../../src/local-services/free-port';
import { sleep } from '../../src/platform/waiting/sleep';
import { DocumentExamples, type ExampleCall } from '../support/document-examples';
import { documentFile, installTool } from './tools';

// `npm run test:mock [openapi.json]`: starts a mock server from the document and compares what it
// answers to every call, success and failures, with the examples of the document.

const START_MS = 120_000;

async function main(): Promise<void> {
  const file = documentFile();
  const document = JSON.parse(readFileSync(file, 'utf8')) as object;
  const examples = new DocumentExamples(document);
  const folder = installTool('@stoplight/prism-cli', '5.14.2');
  const port = await findFreePort();
  const prism = join(folder, 'node_modules', '.bin', 'prism');
  const mock = spawn(prism, ['mock', '-h', '127.0.0.1', '-p', String(port), '-v', 'error', file], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  try {
    const url = `http://127.0.0.1:${port}`;
    await listening(url);
    const wrong: string[] = [];
    let compared = 0;
    for (const call of examples.calls)
      for (const { label, prefer, status, value } of expectations(examples, call)) {
        const answer = await ask(url, examples, call, prefer);
        compared++;
        if (answer.status !== status || !isDeepStrictEqual(answer.body, value))
          wrong.push(`${call.id} ${label}: ${answer.status} ${JSON.stringify(answer.body).slice(0, 300)}`); // prettier-ignore
      }
    for (const line of wrong) console.error(line);
    console.log(`${compared} answers of the mock compared, ${wrong.length} are not the example`);
    process.exitCode = wrong.length > 0 ? 1 : 0;
  } finally {
    mock.kill();
  }
}

interface Expectation {
  readonly label: string;
  readonly prefer: string;
  readonly status: number;
  readonly value: unknown;
}

function expectations(examples: DocumentExamples, call: ExampleCall): Expectation[] {
  const all: Expectation[] = [
    { label: 'success', prefer: 'code=200', status: 200, value: examples.successOf(call) },
  ];
  for (const [code, { content }] of Object.entries(call.operation.responses))
    for (const name of Object.keys(content?.['application/json']?.examples ?? {})) {
      const failure = examples.failureOf(call, name);
      if (failure && Number(code) >= 400)
        all.push({ label: name, prefer: `code=${code}, example=${name}`, ...failure });
    }
  return all;
}

async function ask(
  url: string,
  examples: DocumentExamples,
  call: ExampleCall,
  prefer: string,
): Promise<{ status: number; body: unknown }> {
  const { path, body } = examples.requestOf(call);
  const [type = 'application/json'] = prefer.startsWith('code=200')
    ? Object.keys(call.operation.responses['200']?.content ?? {})
    : ['application/json'];
  const isText = typeof body === 'string';
  const response = await fetch(url + path, {
    method: call.method,
    headers: {
      prefer,
      accept: type,
      token: 'x',
      authorization: 'Bearer x',
      ...(body === undefined ? {} : { 'content-type': isText ? 'text/csv' : 'application/json' }),
    },
    ...(body === undefined ? {} : { body: isText ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: type === 'application/json' ? parsed(text) : text };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

async function listening(url: string): Promise<void> {
  const deadline = Date.now() + START_MS;
  for (;;) {
    try {
      await fetch(url);
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(200);
    }
  }
}

void main();
