import { runAtOnce, runInPieces, type Steps } from './steps';

function* sum(upTo: number): Steps<number> {
  let total = 0;
  for (let i = 1; i <= upTo; i++) {
    total += i;
    yield;
  }
  return total;
}

describe(runAtOnce.name, () => {
  it('resolves with what the steps return', () => expect(runAtOnce(sum(100))).toBe(5_050));
});

describe(runInPieces.name, () => {
  it('resolves with the same', async () => expect(await runInPieces(sum(100))).toBe(5_050));

  it('lets other work run in between', async () => {
    let others = 0;
    function* steps(): Steps<number> {
      for (let i = 0; i < 5; i++) {
        setImmediate(() => others++);
        yield;
      }
      return others;
    }
    // A piece of no time at all: a pause after each step.
    expect(await runInPieces(steps(), 0)).toBeGreaterThanOrEqual(4);
  });

  it('rejects with what a step throws', async () => {
    function* failing(): Steps<number> {
      yield;
      throw new Error('no');
    }
    await expect(runInPieces(failing())).rejects.toThrow('no');
  });
});
