import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { startTestApp, type TestApp } from '../../support/test-app';

const folder = join(__dirname, '..', '..', '..', 'docker', 'monitoring');
const read = (name: string): string => readFileSync(join(folder, name), 'utf8');

describe('dashboard and alert rules', () => {
  let sut: TestApp;
  beforeAll(async () => {
    sut = await startTestApp();
  });
  afterAll(() => sut.close());

  it('use only metrics and labels that the server exports', async () => {
    const metrics = (await sut.http.get('/metrics')).body as string;
    const names = new Set([...metrics.matchAll(/^# TYPE (\S+) \S+$/gm)].map(([, name]) => name));
    const rules = parse(read('alerts.yml')) as {
      groups: { rules: { alert: string; expr: string }[] }[];
    };
    const dashboard = JSON.parse(read('grafana-dashboard.json')) as {
      panels: { targets: { expr: string }[] }[];
    };
    const expressions = [
      ...rules.groups.flatMap((group) => group.rules.map((rule) => rule.expr)),
      ...dashboard.panels.flatMap((panel) => panel.targets.map((target) => target.expr)),
    ];
    expect(expressions.length).toBeGreaterThan(20);
    for (const expression of expressions) {
      const used = expression.match(/\b(?:stackscape|nodejs|process)_\w+/g) ?? [];
      for (const name of used) {
        expect(names).toContain(name.replace(/_(bucket|count|sum)$/, ''));
      }
    }
    expect(parse(read('prometheus.yml'))).toMatchObject({ rule_files: ['alerts.yml'] });
  });
});
