import { Serializer } from './serializer';

describe(Serializer.name, () => {
  it('runs one piece of work at a time, in order', async () => {
    const sut = new Serializer();
    const log: string[] = [];
    const work = (name: string) => async () => {
      log.push(`${name} begins`);
      await new Promise((resolve) => setImmediate(resolve));
      log.push(`${name} ends`);
      return name;
    };
    await expect(Promise.all([sut.run(work('a')), sut.run(work('b'))])).resolves.toEqual([
      'a',
      'b',
    ]);
    expect(log).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
  });

  it('goes on after a failure', async () => {
    const sut = new Serializer();
    const failed = sut.run(() => Promise.reject(new Error('first')));
    const next = sut.run(() => Promise.resolve('second'));
    await expect(failed).rejects.toThrow('first');
    await expect(next).resolves.toBe('second');
  });
});
