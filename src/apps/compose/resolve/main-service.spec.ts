import {
  installedTemplate,
  removeTemplates,
} from '../../../../test/support/catalog/installed-template';

afterAll(removeTemplates);

async function portsOf(services: string): Promise<string[]> {
  const app = await installedTemplate({ 'compose.yaml': `services:\n${services}` });
  expect(app.findings).toEqual([]);
  return app.published;
}

describe('the database of an app', () => {
  it('is the one that the main service speaks to, of several', async () => {
    const ports = await portsOf(`
  events: { image: "clickhouse/clickhouse-server:24", volumes: ["e:/e"] }
  web:
    image: web:1
    ports: ["80:80"]
    depends_on: [events, store]
    environment: { DATABASE_URL: "postgres://u:p@store:5432/web" }
  store: { image: "postgres:16", volumes: ["s:/s"] }
volumes: { e: {}, s: {} }
`);
    expect(ports).toEqual(['web:80 main', 'store:5432 database']);
  });

  it('is never a job that uses the same image', async () => {
    const ports = await portsOf(`
  init:
    image: mysql:8
    command: mysql -h data -e "CREATE DATABASE x"
    depends_on: [data]
    restart: "no"
  migrate: { image: "mysql:8", command: "mysql -h data < /x.sql" }
  data: { image: "mysql:8" }
  web:
    image: web:1
    ports: ["80:80"]
    depends_on: { migrate: { condition: service_completed_successfully } }
`);
    expect(ports).toEqual(['web:80 main', 'data:3306 database']);
  });

  it('is the first where nothing tells them apart', async () => {
    const ports = await portsOf(`
  web: { image: "web:1", ports: ["80:80"] }
  one: { image: "postgres:16" }
  two: { image: "postgres:16" }
`);
    expect(ports).toEqual(['web:80 main', 'one:5432 database']);
  });
});

describe('the main port', () => {
  it('is not that of a database, where a web service publishes none', async () => {
    expect(
      await portsOf(`
  db: { image: "postgres:16", ports: ["5432:5432"] }
  web: { image: "web:1" }
`),
    ).toEqual(['db:5432 database']);
  });

  it('is that of the database of an app that is nothing else', async () => {
    expect(await portsOf('  db: { image: "postgres:16", ports: ["5432:5432"] }\n')).toEqual([
      'db:5432 main',
    ]);
  });

  it('is that of the service that is no database, wherever it stands', async () => {
    expect(
      await portsOf(`
  mongo: { image: "mongo:7", ports: ["27017:27017"] }
  express: { image: "mongo-express:1", ports: ["8081:8081"] }
`),
    ).toEqual(['mongo:27017 database', 'express:8081 main']);
  });
});
