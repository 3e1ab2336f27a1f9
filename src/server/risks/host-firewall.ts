import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Whether the machine has a firewall that its operator may rely on. Debian's ufw and firewalld say so
 * in files; rules made by hand are not recognised, and in a container the machine's files are unseen.
 *
 * @param root another folder than `/` for tests
 */
export async function hostFirewallActive(root = '/'): Promise<boolean> {
  const [ufw, firewalld] = await Promise.all(
    ['etc/ufw/ufw.conf', 'run/firewalld/firewalld.pid'].map((path) =>
      readFile(join(root, path), 'utf8').catch(() => ''),
    ),
  );
  return /^ENABLED=yes/m.test(ufw ?? '') || firewalld !== '';
}
