import { EngineError } from './engine.errors';
import { EngineGate, type EngineCheck } from './engine-gate';

const OURS: EngineCheck = async ({ id }) => {
  if (id !== 'ours') throw new EngineError('engine-foreign', id);
};

describe(EngineGate.name, () => {
  let answering: string;
  let asked: number;
  let sut: EngineGate;
  beforeEach(() => {
    answering = 'ours';
    asked = 0;
    sut = new EngineGate(async () => {
      asked += 1;
      return { id: answering, node: null };
    });
  });

  it('is open where nothing is to be checked', () => {
    expect(sut.pass()).toBeNull();
  });

  it('asks once for all calls that come at the same time, and then no more', async () => {
    sut.admitOnly(OURS);
    await Promise.all([sut.pass(), sut.pass()]);
    expect(sut.pass()).toBeNull();
    expect(asked).toBe(1);
  });

  it('asks again after a lost connection, and knows another engine', async () => {
    sut.admitOnly(OURS);
    await sut.pass();
    sut.close();
    answering = 'other';
    await expect(sut.pass()).rejects.toMatchObject({ failure: 'engine-foreign' });
    expect(sut.isForeign).toBe(true);
    answering = 'ours';
    await sut.pass();
    expect([sut.isForeign, sut.pass()]).toEqual([false, null]);
  });

  it('stays closed where the connection was lost while it asked', async () => {
    sut.admitOnly(async (engine) => {
      sut.close();
      await OURS(engine);
    });
    await sut.pass();
    expect(sut.pass()).not.toBeNull();
    await sut.pass();
  });
});
