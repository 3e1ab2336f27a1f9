import { QueryFailedError } from 'typeorm';
import { isConnectionFailure } from './database-errors';

describe(isConnectionFailure.name, () => {
  const destroyed = (fatal: boolean) =>
    Object.assign(new Error('write after destroy'), { code: 'ERR_STREAM_DESTROYED', fatal });

  it('is a write of the driver to a connection that was cut, and of nobody else to another stream', () => {
    const ofDriver = destroyed(true);
    expect(isConnectionFailure(ofDriver)).toBe(true);
    expect(isConnectionFailure(new QueryFailedError('SELECT 1', [], ofDriver))).toBe(true);
    expect(isConnectionFailure(destroyed(false))).toBe(false);
  });
});
