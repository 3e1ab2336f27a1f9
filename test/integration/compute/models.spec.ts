import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RecordDto } from '../../../src/compute/history/record.dto';
import { checksumOf, type Json } from '../../../src/compute/inference/canonical-json';
import type { ModelDto, ModelListDto } from '../../../src/compute/models/model.dto';
import type { LengthBinDto, ModelStatsDto, StatsDto } from '../../../src/compute/stats/stats.dto';
import { useApp } from '../../support/app-with-admin';
import {
  defaultModel,
  importCsv,
  labelledCsv,
  submit,
  untilEnded,
} from '../../support/factories/compute';
import { signUpUser, succeeded, type SignedIn } from '../../support/factories/users';
import { pollUntil } from '../../support/poll-until';

interface LooseFile {
  id: string;
  parameters: { prior: number; bins: { cpg: unknown[] } };
  checksum: string;
}

describe('models', () => {
  const sut = useApp();
  let user: SignedIn;
  beforeAll(async () => {
    user = await signUpUser(sut, sut.admin);
  });

  const list = async (who = sut.admin): Promise<ModelListDto> =>
    succeeded(await who.http.get('/api/v1/compute/models')).body.data as ModelListDto;
  const activate = (id: string, who = sut.admin) =>
    who.http.post(`/api/v1/compute/models/${id}/activate`);
  const statsOf = async (model: string, who = sut.admin): Promise<ModelStatsDto> => {
    const { models } = succeeded(await who.http.get(`/api/v1/compute/stats?model=${model}`)).body
      .data as StatsDto;
    return models[0]!;
  };
  const history = async (): Promise<RecordDto[]> => {
    const records: RecordDto[] = [];
    for (let page = 1; ; page++) {
      const path = `/api/v1/history/query/${user.uid}?limit=500&page=${page}`;
      const found = succeeded(await user.http.get(path)).body.data as RecordDto[];
      records.push(...found);
      if (found.length < 500) return records;
    }
  };
  /** The shipped model under another name and with a change, dropped into the laboratory's folder. */
  const drop = (file: string, change: (model: LooseFile) => void, seal = true): void => {
    const model = JSON.parse(
      readFileSync(join(__dirname, '../../../models', `${defaultModel}.json`), 'utf8'),
    ) as LooseFile;
    change(model);
    if (seal) model.checksum = checksumOf(model.parameters as unknown as Json);
    const folder = join(sut.settings.dataDir, 'models');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, file), JSON.stringify(model));
  };

  it('uses the default model, with sources, limits and the research notice', async () => {
    const answer = await list(user);
    expect(answer.models).toHaveLength(1);
    const [model] = answer.models;
    expect(model).toMatchObject({
      id: defaultModel,
      active: true,
      origin: 'builtin',
      kind: 'naive-bayes',
    });
    expect(model!.sources.join()).toContain('CancerDetector');
    expect(answer.notice).toContain('仅供研究使用');
    const english = succeeded(
      await user.http.with({ 'accept-language': 'en' }).get('/api/v1/compute/models'),
    ).body.data as ModelListDto;
    expect(english.notice).toContain('Research use only');
    expect(english.models[0]!.limits.join()).toContain('one fragment cannot diagnose a patient');
  });

  it('finds a file dropped into the folder and reports invalid files', async () => {
    drop('own.json', (m) => {
      m.id = 'own-panel@1.0.0';
      m.parameters.prior = 0.3;
    });
    drop('broken.json', (m) => {
      m.id = 'broken@1.0.0';
      m.parameters.bins.cpg.pop();
    });
    drop(
      'tampered.json',
      (m) => {
        m.id = 'tampered@1.0.0';
        m.parameters.prior = 0.9;
      },
      false,
    );
    drop('same-id.json', (m) => (m.parameters.prior = 0.4));
    writeFileSync(
      join(sut.settings.dataDir, 'models', 'nan.json'),
      '{"parameters": {"prior": NaN}}',
    );

    const { models, rejected } = await list();
    expect(models.map((m) => m.id)).toEqual([defaultModel, 'own-panel@1.0.0']);
    expect(models[1]).toMatchObject({ active: false, origin: 'folder' });
    const problems = Object.fromEntries(rejected.map((r) => [r.file, JSON.stringify(r.problems)]));
    expect(Object.keys(problems).sort()).toEqual([
      'broken.json',
      'nan.json',
      'same-id.json',
      'tampered.json',
    ]);
    expect(problems['broken.json']).toContain('5 到 1000');
    expect(problems['tampered.json']).toContain('checksum');
    expect(problems['same-id.json']).toContain('已存在且参数不同');
    expect(problems['nan.json']).toContain('JSON');
    expect((await list(user)).rejected).toEqual([]); // file names are for administrators
  });

  it('activates a model for administrators only, audits it and uses it from then on', async () => {
    const before = await untilEnded(user, await submit(user, { ctdna: 209, cpg: 5 }));
    expect((await activate('own-panel@1.0.0', user)).body.code).toBe(40300);
    expect((await activate('nothing@1.0.0')).status).toBe(404);
    expect((await activate('../etc')).status).toBe(404);
    expect((await activate('x')).body.code).toBe(30001);
    expect(succeeded(await activate('own-panel@1.0.0')).body.data).toMatchObject({ active: true });
    expect((await list()).models.filter((m) => m.active).map((m) => m.id)).toEqual([
      'own-panel@1.0.0',
    ]);
    const after = await untilEnded(user, await submit(user, { ctdna: 209, cpg: 5 }));
    expect(before.result).toMatchObject({ model: defaultModel });
    expect(after.result).toMatchObject({ model: 'own-panel@1.0.0' });
    expect(after.result!.checksum).not.toBe(before.result!.checksum);
    expect(after.result!.probability).toBeCloseTo(
      (3.75 * 0.3) / 0.7 / (1 + (3.75 * 0.3) / 0.7),
      10,
    );
    const events = await sut.dataSource.query(
      `SELECT actorUid, targetId, details FROM audit_events WHERE action = 'model.activated'`,
    );
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({ actorUid: sut.admin.uid, targetId: 'own-panel@1.0.0' });
    succeeded(await activate(defaultModel));
  });

  it('keeps exactly one active model under concurrent activations', async () => {
    await Promise.all(
      Array.from({ length: 12 }, (_, i) => activate(i % 2 ? defaultModel : 'own-panel@1.0.0')),
    );
    expect((await list()).models.filter((m) => m.active)).toHaveLength(1);
    succeeded(await activate(defaultModel));
  });

  it('refuses to train on too few records and reports their number', async () => {
    expect((await user.http.post('/api/v1/compute/models/train')).body.code).toBe(40300);
    const answer = await sut.admin.http
      .with({ 'accept-language': 'en' })
      .post('/api/v1/compute/models/train');
    expect([answer.status, answer.body.code]).toEqual([400, 30000]);
    expect(answer.body.msg).toContain('at least 100');
  });

  it('trains on imported records, evaluates by cross-validation and stays inactive', async () => {
    succeeded(await importCsv(sut.admin, user.uid, labelledCsv(40, 10)));
    const model = succeeded(await sut.admin.http.post('/api/v1/compute/models/train')).body
      .data as ModelDto;
    expect(model).toMatchObject({ id: 'lab-logistic@1.0.0', kind: 'logistic', active: false });
    expect(model.training).toMatchObject({
      evidence: 'sufficient',
      counts: { records: 400, positives: 200, patients: 40 },
      crossValidated: { records: 400, auc: { value: expect.any(Number) } },
    });
    const again = succeeded(await sut.admin.http.post('/api/v1/compute/models/train')).body
      .data as ModelDto;
    expect(again.id).toBe('lab-logistic@2.0.0');
    expect(again.checksum).toBe(model.checksum); // the same records, the same bits
  });

  it('recomputes old records once and keeps the old results', async () => {
    const before = await history();
    const rerun = (query = '') =>
      sut.admin.http.post(`/api/v1/compute/models/lab-logistic@1.0.0/rerun${query}`);
    const { queued } = succeeded(await rerun(`?uid=${user.uid}`)).body.data;
    expect(queued).toBe(402);
    await pollUntil('the reruns', async () => {
      const rows = await history();
      const answer = await user.http.get(`/api/v1/history/query/${user.uid}?limit=1`);
      return rows.length > 0 && answer.headers.get('x-total-count') === '804';
    });
    const after = (await history()).filter((r) => r.rerun_of !== null);
    const first = after[0]!;
    const old = before.find((r) => r.id === first.rerun_of)!;
    expect(first).toMatchObject({
      model: 'lab-logistic@1.0.0',
      pid: old.pid,
      ctdna: old.ctdna,
      hcc: old.hcc,
    });
    expect((await history()).find((r) => r.id === old.id)).toEqual(old);
    expect(succeeded(await rerun()).body.data.queued).toBe(0);
    expect((await sut.admin.http.post('/api/v1/compute/models/no@1.0.0/rerun')).status).toBe(404);
    expect(
      (await user.http.post('/api/v1/compute/models/lab-logistic@1.0.0/rerun')).body.code,
    ).toBe(40300);
    // A diagnosis belongs to the sample: confirming one result confirms its reruns.
    succeeded(await user.http.post(`/api/v1/history/confirm/${first.id}?hcc=${String(!old.hcc)}`));
    const both = (await history()).filter((r) => r.id === old.id || r.id === first.id);
    expect(both.map((r) => r.hcc)).toEqual([!old.hcc, !old.hcc]);
  });

  it('trains on a recomputed sample once', async () => {
    const model = succeeded(await sut.admin.http.post('/api/v1/compute/models/train')).body
      .data as ModelDto;
    expect(model.training).toMatchObject({ counts: { records: 400 } });
  });

  it('counts confirmed records per model, with intervals', async () => {
    const [nb, own, lab] = [
      await statsOf(defaultModel),
      await statsOf('own-panel@1.0.0'),
      await statsOf('lab-logistic@1.0.0'),
    ];
    expect(own).toMatchObject({ records: 0, auc: null, sensitivity: { value: null, total: 0 } });
    expect([nb.records, lab.records]).toEqual([400, 400]);
    const { truePositive, falsePositive, trueNegative, falseNegative } = lab.confusion;
    expect(truePositive + falseNegative).toBe(lab.positives);
    expect(trueNegative + falsePositive).toBe(lab.negatives);
    expect(lab.auc!.interval!.low).toBeLessThan(lab.auc!.value);
    expect(lab.auc!.value).toBeGreaterThan(0.6);
    expect(lab.calibration).toHaveLength(10);
    expect(lab.calibration.reduce((sum, row) => sum + row.records, 0)).toBe(400);
    const confirmed = (await history()).filter((r) => r.hcc !== null && r.model === lab.model);
    const times = confirmed.map((r) => `${r.time.replace(' ', 'T')}`).sort();
    expect([lab.period!.from.slice(0, 19), lab.period!.to.slice(0, 19)]).toEqual([times[0], times.at(-1)]); // prettier-ignore
    expect(own.period).toBeNull();
    expect(own.roc).toEqual([]);
    expect(lab.roc[0]).toEqual({ threshold: null, falsePositiveRate: 0, truePositiveRate: 0 });
    expect(lab.roc.at(-1)).toMatchObject({ falsePositiveRate: 1, truePositiveRate: 1 });
    expect(await statsOf('lab-logistic@1.0.0', user)).toEqual(lab); // all of them are his
    const stranger = await signUpUser(sut, sut.admin);
    expect((await statsOf('lab-logistic@1.0.0', stranger)).records).toBe(0);
    expect((await stranger.http.get(`/api/v1/compute/stats?uid=${user.uid}`)).body.code).toBe(
      40300,
    );
    expect((await sut.admin.http.get('/api/v1/compute/stats?model=no@1.0.0')).status).toBe(404);
  });

  it('counts fragment lengths by confirmed status, reruns of a sample once', async () => {
    const lengthsOf = async (who: SignedIn): Promise<LengthBinDto[]> =>
      succeeded(await who.http.get('/api/v1/compute/stats/lengths')).body.data.bins;
    const bins = await lengthsOf(user);
    const sum = (of: (bin: LengthBinDto) => number): number =>
      bins.reduce((total, bin) => total + of(bin), 0);
    const { positives, negatives } = await statsOf(defaultModel, user);
    expect([sum((b) => b.positives), sum((b) => b.negatives)]).toEqual([positives, negatives]);
    bins.slice(1).forEach((bin, i) => expect(bin.from).toBe(bins[i]!.to));
    expect(await lengthsOf(await signUpUser(sut, sut.admin))).toEqual([]);
    const stranger = await signUpUser(sut, sut.admin);
    const refused = await stranger.http.get(`/api/v1/compute/stats/lengths?uid=${user.uid}`);
    expect(refused.body.code).toBe(40300);
  });
});
