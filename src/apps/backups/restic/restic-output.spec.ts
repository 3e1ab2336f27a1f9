import { classifyResticFailure, finalFault, readForgetPlan, readResticLine } from './restic-output';

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
    [
      'Fatal: unable to open config file: Stat: The request signature we calculated does not match the signature you provided.',
      'RepositoryAwayError',
    ],
    ['Stat: The AWS Access Key Id you provided does not exist in our records.', 'RepositoryAwayError'], // prettier-ignore
    ['unable to create lock in backend: repository is already locked by PID 7', 'RepositoryLockedError'], // prettier-ignore
    [
      'Save(<data/ab>) returned error: write /r/data: no space left on device',
      'RepositoryFullError',
    ],
    ['mkdir /r/data/00: read-only file system', 'RepositoryReadOnlyError'],
    ['ignoring error for /volumes/data/a: ciphertext verification failed', 'BackupDamagedError'],
    ['Pack ID does not match, want 9d, got 2f', 'BackupDamagedError'],
    ['ignoring error for /a: StreamPack: open /r/data/2a/2a9d: no such file or directory', 'BackupDamagedError'], // prettier-ignore
    ['create repository at /f/r failed: ReadDir: open /f/r/keys: not a directory', 'RepositoryAwayError'], // prettier-ignore
    ['Fatal: something new', 'ResticFailedError'],
  ])('knows %j as %s', (output, name) => {
    expect(classifyResticFailure('local', output).name).toBe(name);
  });

  it('names what is damaged', () => {
    const output = 'ignoring error for /volumes/data/a: ciphertext verification failed';
    expect(classifyResticFailure('local', output).text.en).toContain('/volumes/data/a');
  });
});

describe(readForgetPlan.name, () => {
  it('tells what is kept and why, and what is removed', () => {
    const plan = [
      {
        keep: [{ id: 'a', time: '3' }],
        remove: [{ id: 'b' }, { id: 'c' }],
        reasons: [{ snapshot: { time: '3' }, matches: ['last snapshot'] }],
      },
    ];
    expect(readForgetPlan(`${JSON.stringify(plan)}\n`)).toEqual({
      keep: new Map([['a', ['last snapshot']]]),
      remove: ['b', 'c'],
    });
  });

  it('reads a plan without removals, and one of no snapshots', () => {
    const plan = readForgetPlan('[{"keep":[{"id":"a","time":"1"}],"remove":null,"reasons":null}]');
    expect([[...plan.keep], plan.remove]).toEqual([[['a', []]], []]);
    expect(readForgetPlan('\n')).toEqual({ keep: new Map(), remove: [] });
  });
});

describe(finalFault.name, () => {
  const retries = (call: string, reason: string): string =>
    `${call} returned error, retrying after 552.330144ms: ${reason}`;
  // As restic 0.14 writes them.
  it.each([
    ['file-gone', 'Load(<data/a8>, 0, 0)', 'open r/data/a8/a8: no such file or directory'],
    ['file-gone', 'Load(<data/a8>, 0, 0)', 'file does not exist'],
    ['file-gone', 'Load(<data/a8>, 0, 0)', 'client.GetObject: The specified key does not exist.'],
    ['read-only', 'Save(<lock/d0>)', 'open r/locks/d0-tmp-3: read-only file system'],
    [
      'read-only',
      'Save(<lock/d0>)',
      'OpenFile: sftp: "Permission denied" (SSH_FX_PERMISSION_DENIED)',
    ],
    ['read-only', 'Save(<lock/d0>)', 'client.PutObject: Access Denied'],
    [null, 'Load(<data/a8>, 0, 0)', 'connection reset by peer'],
    [null, 'Load(<index/a8>, 0, 0)', 'no such file or directory'],
    [null, 'Save(<lock/d0>)', 'connection refused'],
  ])('is %s of %s: %s', (fault, call, reason) =>
    expect(finalFault(retries(call, reason))).toBe(fault),
  );

  it('is null of every other line', () => {
    const line = 'Fatal: unable to open config file: stat /r/config: no such file or directory';
    expect(finalFault(line)).toBeNull();
  });
});
