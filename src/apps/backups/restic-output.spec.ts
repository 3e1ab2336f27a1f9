import { classifyResticFailure, readResticLine } from './restic-output';

describe(readResticLine.name, () => {
  it('reads progress, with the seconds that remain where restic knows them', () => {
    const line = '{"message_type":"status","total_bytes":10,"bytes_done":4,"seconds_remaining":3}';
    expect(readResticLine(line)).toEqual({ bytesDone: 4, bytesTotal: 10, secondsLeft: 3 });
    expect(readResticLine('{"message_type":"status"}')).toEqual({
      bytesDone: 0,
      bytesTotal: 0,
      secondsLeft: null,
    });
  });

  it('reads the summary', () => {
    const line =
      '{"message_type":"summary","data_added":7,"total_bytes_processed":9,"snapshot_id":"ab12"}';
    expect(readResticLine(line)).toEqual({ snapshotId: 'ab12', addedBytes: 7, totalBytes: 9 });
  });

  it.each(['', 'no parent snapshot found', '{broken', '{"message_type":"verbose_status"}'])(
    'skips %j',
    (line) => expect(readResticLine(line)).toBeNull(),
  );
});

describe(classifyResticFailure.name, () => {
  // As restic 0.14 writes them.
  it.each([
    ['Fatal: wrong password or no key found', 'RepositoryKeyWrongError'],
    [
      'Fatal: unable to open config file: stat /r/config: no such file or directory\nIs there a repository at the following location?\n/r',
      'RepositoryAwayError',
    ],
    ['subprocess ssh: ssh: connect to host x port 22: Connection refused', 'RepositoryAwayError'],
    ['subprocess ssh: backup@nas: Permission denied (publickey).', 'RepositoryAwayError'],
    ['unable to create lock in backend: repository is already locked by PID 7', 'RepositoryLockedError'], // prettier-ignore
    [
      'Save(<data/ab>) returned error: write /r/data: no space left on device',
      'RepositoryFullError',
    ],
    ['mkdir /r/data/00: read-only file system', 'RepositoryReadOnlyError'],
    ['ignoring error for /volumes/data/a: ciphertext verification failed', 'BackupDamagedError'],
    ['Pack ID does not match, want 9d, got 2f', 'BackupDamagedError'],
    ['Fatal: something new', 'ResticFailedError'],
  ])('knows %j as %s', (output, name) => {
    expect(classifyResticFailure('local', output).name).toBe(name);
  });

  it('names what is damaged', () => {
    const output = 'ignoring error for /volumes/data/a: ciphertext verification failed';
    expect(classifyResticFailure('local', output).text.en).toContain('/volumes/data/a');
  });
});
