const ADDRESS = /^([a-z][a-z0-9+.-]*:\/\/)([^@/?#]*@)?([^@/?#]+)(.*)$/i;

/**
 * An address that may name several hosts, `scheme://user:password@host:port,host:port/path`, as one URL for
 * each host. Null: it is not one.
 */
export function parseHostListUrl(address: string): readonly [URL, ...URL[]] | null {
  const [, scheme, credentials = '', hosts, rest] = ADDRESS.exec(address) ?? [];
  if (!scheme || !hosts) return null;
  const texts = hosts.split(',').map((host) => `${scheme}${credentials}${host}${rest}`);
  if (hosts.split(',').includes('') || !texts.every((text) => URL.canParse(text))) return null;
  const [first, ...others] = texts.map((text) => new URL(text));
  return first ? [first, ...others] : null;
}

/** The same address with this password, which may hold any character. */
export function withPassword(address: string, password: string): string {
  const [, scheme = '', credentials = '', hosts = '', rest = ''] = ADDRESS.exec(address) ?? [];
  const user = credentials.split(/[:@]/)[0] ?? '';
  return `${scheme}${user}:${encodeURIComponent(password)}@${hosts}${rest}`;
}
