import { sftpArguments } from './sftp-command';

describe('how a repository over SFTP is reached', () => {
  const commandOf = (address: string, config = '') => sftpArguments(address, config).at(-1) ?? '';

  it('takes host, user and port of both ways to write an address', () => {
    expect(commandOf('sftp:me@nas.lan:/backups')).toMatch(
      /^sftp\.command=ssh -o .* me@nas\.lan -s sftp$/,
    );
    expect(commandOf('sftp:nas:2222/backups')).toMatch(/=60? nas -s sftp$|=\d+ nas -s sftp$/);
    expect(commandOf('sftp://me@nas.lan:2222//backups')).toMatch(/ -p 2222 me@nas\.lan -s sftp$/);
    expect(commandOf('sftp://nas/backups')).not.toContain('-p');
  });

  it('asks nobody, and reads another configuration where one is named', () => {
    expect(commandOf('sftp:nas:/b')).toContain('BatchMode=yes');
    expect(commandOf('sftp:nas:/b')).not.toContain('-F');
    expect(commandOf('sftp:nas:/b', '/etc/ssh.conf')).toContain('ssh -F /etc/ssh.conf -o');
  });

  it('says nothing of folders and S3', () => {
    expect(sftpArguments('/mnt/b', '/x')).toEqual([]);
    expect(sftpArguments('s3:https://host/bucket', '/x')).toEqual([]);
  });
});
