/** `user@host` and the port of both ways to write an address; the user and the port may be left out. */
const FORMS = [/^sftp:\/\/(?<host>[^/:]+)(?::(?<port>\d+))?\//, /^sftp:(?<host>[^/:]+):/];
/**
 * Nobody is there to answer a question, and a machine that is away is noticed after a minute, also in the
 * middle of a transfer.
 */
const OPTIONS = [
  'BatchMode=yes',
  'ConnectTimeout=20',
  'ServerAliveInterval=15',
  'ServerAliveCountMax=4',
];

/**
 * The arguments by which restic reaches a repository over SFTP; none for one of another kind.
 * @param config a configuration file of ssh instead of that of the user, without a space; empty: that of the user
 */
export function sftpArguments(address: string, config: string): string[] {
  const found = FORMS.map((form) => form.exec(address)?.groups).find(Boolean);
  if (!found?.['host']) return [];
  const { host, port } = found;
  const command = [
    'ssh',
    ...(config === '' ? [] : ['-F', config]),
    ...OPTIONS.flatMap((option) => ['-o', option]),
    ...(port === undefined ? [] : ['-p', port]),
    host,
    '-s sftp',
  ];
  return ['-o', `sftp.command=${command.join(' ')}`];
}
