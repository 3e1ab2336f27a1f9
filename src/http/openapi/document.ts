import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { BEARER_SCHEME, TOKEN_HEADER_SCHEME } from '../access/access-rule';
import { businessCodeMeaning } from '../../platform/errors/business-code';
import { ErrorResponse, StackHubErrorResponse } from './envelopes';
import { familyOf, isOperational } from '../request/request-context';

const DESCRIPTION = `
**StackScape** is two services behind one login: an **app store** that installs self-hosted apps as Docker
containers on this server, and **Compute**, which infers the HCC status from a ctDNA fragment length and a
count of methylated CpG sites (research use only).

**Signing in.** \`POST /api/v1/user/register\` makes the first account, which is the administrator; everybody
after needs an invite code. \`POST /api/v1/user/login\` answers an \`access_token\`: press **Authorize** and
paste it, or send it as header \`token: …\` or \`Authorization: Bearer …\`.

**Passwords** travel as \`hex(sha256(hex(sha256(plain))))\`. Test vector: \`admin\` becomes
\`998ed4d621742d0c2d85ed84173db569afa194d4597686cae947324aa58ab4bb\`.

**Two envelopes.** Calls under \`/api/v1\` answer \`{code, msg, data}\` with \`code\` 20000 on success; the calls at
the root (\`/installApp\` …) answer \`{code, message, data}\` with \`"1"\` or \`"0"\` and, on failure, \`error\`.
Messages come in Chinese, or in English with \`Accept-Language: en\`. Every answer carries \`x-request-id\`.

| code | meaning |
|---|---|
`;

/** The OpenAPI 3.0 document of all calls, with sorted paths and short, unique operation ids. */
export function buildOpenApiDocument(app: INestApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setTitle('StackScape API')
    .setDescription(DESCRIPTION.trimStart() + codeTable())
    .setVersion('1')
    .addApiKey(
      { type: 'apiKey', in: 'header', name: 'token', description: 'the access_token of a login' },
      TOKEN_HEADER_SCHEME,
    )
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' }, BEARER_SCHEME)
    .build();
  const document = SwaggerModule.createDocument(app, config, {
    extraModels: [ErrorResponse, StackHubErrorResponse],
    operationIdFactory: (_controller, method) => method,
  });
  document.paths = Object.fromEntries(
    Object.entries(document.paths).sort(([a], [b]) => (a < b ? -1 : 1)),
  );
  addCommonFailures(document);
  return document;
}

function codeTable(): string {
  return Object.entries(businessCodeMeaning)
    .map(([code, meaning]) => `| ${code} | ${meaning.zh} / ${meaning.en} |`)
    .join('\n');
}

/** What any call may answer: bad input and the unexpected. Failures that a route documents itself stay as they are. */
function addCommonFailures(document: OpenAPIObject): void {
  for (const [path, item] of Object.entries(document.paths)) {
    if (isOperational(path)) continue;
    const model = familyOf(path) === 'stackhub' ? StackHubErrorResponse : ErrorResponse;
    const content = {
      'application/json': { schema: { $ref: `#/components/schemas/${model.name}` } },
    };
    const common: Record<string, string> = {
      '400': '`30001` invalid parameter, named in `details`',
      '417': '`30001` unknown `Expect` header',
      '500': '`50000` internal error; the log has the cause under the `requestId`',
      '503': '`50000` a service this call needs does not answer',
    };
    for (const operation of [item.get, item.post, item.put, item.patch, item.delete]) {
      if (!operation) continue;
      for (const [status, description] of Object.entries(common)) {
        operation.responses[status] ??= { description, content };
      }
      for (const status of ['401', '403', '409', '429']) {
        const response = operation.responses[status];
        if (response && !('$ref' in response)) response.content ??= content;
      }
    }
  }
}
