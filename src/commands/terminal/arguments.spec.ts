import { bilingual } from '../../platform/i18n/bilingual';
import { readArguments, readBackupPlace } from './arguments';
import { UsageError } from './terminal';

describe(readArguments.name, () => {
  const usage = bilingual('用法：x <文件>', 'Usage: x <file>');

  it('gives the arguments, a dash among them', () => {
    expect(readArguments(usage, [1, 2], ['a', '-'])).toEqual(['a', '-']);
  });

  it.each(['--help', '-h'])('prints the usage for %s and nothing else happens', (option) => {
    const write = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
    try {
      expect(readArguments(usage, [1, 1], [option])).toBeNull();
      expect(String(write.mock.calls[0]?.[0])).toMatch(/Usage: x <file>|用法/);
    } finally {
      write.mockRestore();
    }
  });

  it.each([[['--force', 'a']], [[]], [['a', 'b', 'c']]])('refuses %j with the usage', (argv) => {
    expect(() => readArguments(usage, [1, 2], argv)).toThrow(UsageError);
    expect(() => readArguments(usage, [1, 2], argv)).toThrow('Usage: x <file>');
  });
});

describe(readBackupPlace.name, () => {
  const usage = bilingual('用法：x', 'Usage: x');

  it.each([
    [[], {}],
    [['a.tar.gz'], { file: 'a.tar.gz' }],
    [['--repository', 'local'], { repository: 'local' }],
    [['--repository=away'], { repository: 'away' }],
  ])('takes %j', (argv, place) => {
    expect(readBackupPlace(usage, argv)).toEqual(place);
  });

  it('takes how many stay in a repository where that may be given', () => {
    const argv = ['--keep', '7', '--repository', 'local'];
    expect(readBackupPlace(usage, argv, { keeps: true })).toEqual({ repository: 'local', keep: 7 });
    expect(() => readBackupPlace(usage, argv)).toThrow(UsageError);
  });

  it.each([
    [['--keep', '7']],
    [['--keep', '7', 'a.tar.gz']],
    [['--repository=a', '--keep']],
    [['--repository=a', '--keep=0']],
    [['--repository=a', '--keep=-1']],
    [['--repository=a', '--keep=x']],
    [['--repository=a', '--keep=1', '--keep=2']],
  ])('refuses %j with the usage', (argv) => {
    expect(() => readBackupPlace(usage, argv, { keeps: true })).toThrow('Usage: x');
  });

  it.each([
    [['a', 'b']],
    [['a', '--repository', 'local']],
    [['--repository']],
    [['--repository=']],
    [['--repository=a', '--repository=b']],
    [['--other', 'local']],
  ])('refuses %j with the usage', (argv) => {
    expect(() => readBackupPlace(usage, argv)).toThrow(UsageError);
    expect(() => readBackupPlace(usage, argv)).toThrow('Usage: x');
  });
});
