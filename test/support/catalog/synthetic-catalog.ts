import { TemplateFolder } from '../template-folder';

/**
 * A catalog of the size and make-up of the Websoft9 library: every app with the main service, every
 * third with a database, every tenth with ten services and anchors, every thirtieth broken.
 */
export async function syntheticCatalog(apps: number): Promise<TemplateFolder> {
  const folder = await TemplateFolder.make();
  for (let index = 0; index < apps; index++) {
    const name = `apps/app${String(index).padStart(3, '0')}`;
    await folder.write(`${name}/docker-compose.yml`, composeOf(index));
    await folder.write(`${name}/.env`, dotEnvOf(index));
    await folder.write(`${name}/variables.json`, variablesOf(index));
    await folder.write(`${name}/src/readme.md`, 'A file that the template binds.\n');
  }
  return folder;
}

function composeOf(index: number): string {
  if (index % 30 === 29) return 'services:\n  app: [\n';
  const services = index % 10 === 9 ? 10 : index % 3 === 2 ? 2 : 1;
  const lines = [
    '# image: https://hub.docker.com/_/app',
    "version: '3.8'",
    'x-base: &base',
    '  restart: unless-stopped',
    '  env_file: .env',
    '  logging: { driver: json-file, options: { max-size: 10m } }',
    'services:',
  ];
  for (let n = 0; n < services; n++) {
    lines.push(
      `  service${n}:`,
      '    <<: *base',
      n === 0 ? '    image: $W9_REPO:$W9_VERSION' : '    image: mysql:$W9_DB_VERSION',
      `    container_name: $W9_ID${n === 0 ? '' : `-part${n}`}`,
      ...(n === 0 ? ['    ports:', '      - $W9_HTTP_PORT_SET:8080'] : []),
      '    volumes:',
      `      - data${n}:/var/lib/data`,
      '      - ./src/readme.md:/etc/app/readme.md:ro',
      '    environment:',
      '      DB_HOST: $W9_ID-part1',
      '      DB_PASSWORD: ${W9_POWER_PASSWORD}',
      "      JAVA_OPTS: '${JAVA_OPTS:--Xms512m -Xmx512m}'",
      '    healthcheck:',
      '      test: ["CMD-SHELL", "wget -qO- http://127.0.0.1:8080 || exit 1"]',
      '      interval: 30s',
      ...(n > 0
        ? ['    depends_on:', `      service${n - 1}: { condition: service_started }`]
        : []),
    );
  }
  lines.push('volumes:', ...Array.from({ length: services }, (_, n) => `  data${n}:`));
  lines.push('networks:', '  default:', '    name: ${W9_NETWORK}', '    external: true', '');
  return lines.join('\n');
}

function dotEnvOf(index: number): string {
  return [
    `W9_REPO="vendor/app${index}"`,
    "W9_DIST='community'",
    `W9_VERSION='${index}.1'`,
    "W9_POWER_PASSWORD='1PrMxExC45LsCT'",
    "W9_HTTP_PORT_SET='9001'",
    `W9_ID='app${index}'`,
    'W9_HTTP_PORT=8080',
    'W9_DB_VERSION=8.0',
    'W9_DB_EXPOSE="mysql"',
    "W9_URL='internet_ip:$W9_HTTP_PORT_SET'",
    'W9_NETWORK=websoft9',
    '#### -- Not allowed to edit above -- ####',
    ...Array.from({ length: 12 }, (_, n) => `APP_SETTING_${n}=http://\${W9_URL}/path/${n} # note`),
    '',
  ].join('\n');
}

function variablesOf(index: number): string {
  return JSON.stringify({
    name: `app${index}`,
    trademark: `App ${index}`,
    edition: [{ dist: 'community', version: [`${index}.1`, 'latest'] }],
    requirements: { cpu: '1', memory: '1', disk: '1' },
  });
}
