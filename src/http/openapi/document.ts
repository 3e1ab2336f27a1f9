import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { BEARER_SCHEME, TOKEN_HEADER_SCHEME } from '../access/access-rule';
import { PRODUCT_VERSION } from '../../platform/config/product-version';
import { businessCodeMeaning } from '../../platform/errors/business-code';
import { completeDocument, type CommonFailures } from './complete-document';
import { ErrorResponse, StackHubErrorResponse } from './envelopes';
import { TAGS } from './tags';

const DESCRIPTION = `
**StackScape** is two services behind one login: an **app store** that installs self-hosted apps as Docker
containers on this server, and **Compute**, which infers the HCC status from a ctDNA fragment length and a
count of methylated CpG sites (research use only).

**Signing in.** \`POST /api/v1/user/register\` makes the first account, which is the administrator; everybody
after needs an invite code. \`POST /api/v1/user/login\` answers an \`access_token\`: send it as header
\`token: …\` or \`Authorization: Bearer …\`. The form at the top of Swagger UI does all of this.

**Passwords** travel as \`hex(sha256(hex(sha256(plain))))\`. Test vector: \`admin\` becomes
\`998ed4d621742d0c2d85ed84173db569afa194d4597686cae947324aa58ab4bb\`.

**Two envelopes.** Calls under \`/api/v1\` answer \`{code, msg, data}\` with \`code\` 20000 on success; the calls at
the root (\`/installApp\` …) answer \`{code, message, data}\` with \`"1"\` or \`"0"\` and, on failure, \`error\`.
Messages come in Chinese, or in English with \`Accept-Language: en\`. Every answer carries \`x-request-id\`.

**中文。** 第一个注册的账号是管理员，其余账号需要注册码。密码以 \`hex(sha256(hex(sha256(明文))))\` 发送；登录返回的
\`access_token\` 放在请求头 \`token\` 或 \`Authorization: Bearer\` 中。页面顶部的表单会自动完成摘要计算和登录。
\`/api/v1\` 下的接口返回 \`{code, msg, data}\`，根路径下的接口返回 \`{code, message, data}\`。消息默认为中文。

| code | meaning |
|---|---|
`;

/** The OpenAPI 3.0 document of all calls, with sorted paths and short, unique operation ids. */
export function buildOpenApiDocument(
  app: INestApplication,
  failures: CommonFailures,
): OpenAPIObject {
  const config = new DocumentBuilder()
    .setTitle('StackScape API')
    .setDescription(DESCRIPTION.trimStart() + codeTable())
    .setVersion(PRODUCT_VERSION)
    .addServer('/', 'This server')
    .addApiKey(
      { type: 'apiKey', in: 'header', name: 'token', description: 'the access_token of a login' },
      TOKEN_HEADER_SCHEME,
    )
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' }, BEARER_SCHEME)
    .build();
  config.info.license = { name: 'MIT', url: 'https://spdx.org/licenses/MIT.html' };
  config.info.contact = { name: 'The administrator of this server' };
  config.tags = Object.entries(TAGS).map(([name, description]) => ({ name, description }));
  const document = SwaggerModule.createDocument(app, config, {
    extraModels: [ErrorResponse, StackHubErrorResponse],
    operationIdFactory: (_controller, method) => method,
  });
  document.paths = Object.fromEntries(
    Object.entries(document.paths).sort(([a], [b]) => (a < b ? -1 : 1)),
  );
  completeDocument(document, failures);
  return document;
}

function codeTable(): string {
  return Object.entries(businessCodeMeaning)
    .map(([code, meaning]) => `| ${code} | ${meaning.zh} / ${meaning.en} |`)
    .join('\n');
}
