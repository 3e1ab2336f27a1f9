import { inTurn, type Submission } from './submitted-tasks';

const submission = (userId: number, id: string): Submission => ({
  userId,
  ids: [id],
  batch: null,
  tasks: [],
  requestId: null,
  accept: () => undefined,
  refuse: () => undefined,
});

describe(inTurn.name, () => {
  it('takes the users in turn, each user’s in the order of arrival', () => {
    const waiting = ['1a', '1b', '1c', '2a', '3a', '2b'].map((id) => submission(Number(id[0]), id));
    const ids = inTurn(waiting).flatMap((one) => one.ids);
    expect(ids).toEqual(['1a', '2a', '3a', '1b', '2b', '1c']);
  });
});
