import { remoteAddition } from './resource-rules';

describe(remoteAddition.name, () => {
  it.each([
    'ADD http://10.0.0.1/x /',
    'add https://10.0.0.1/x /',
    'ONBUILD ADD http://10.0.0.1/x /',
    'ADD $WHERE /',
    'ADD --chown=1:1 --chmod=644 http://10.0.0.1/x /',
    'ADD git@host:x /',
    'ADD x.git /',
    'ADD ["http://10.0.0.1/x", "/"]',
    // Escapes of JSON, by which the address has no colon.
    'ADD ["http\\u003a//10.0.0.1/x", "/"]',
    'ADD \\\n  http://10.0.0.1/x /',
    'ADD \\\n# between\n\n \t\nhttp://10.0.0.1/x /',
    'ADD h\\\nttp\\\n://10.0.0.1/x /',
    '# escape=`\nADD `\nhttp://10.0.0.1/x /',
    // Not at the top, so it is a comment and the backslash goes on.
    'FROM scratch\n# escape=`\nAD\\\nD http://10.0.0.1/x /',
    'FROM scratch\r\nADD \\\r\nhttp://10.0.0.1/x /\r\n',
    '\u0085ADD http://10.0.0.1/x /',
    'ADD http://10.0.0.1/x \u2028 /',
    '\ufeffADD http://10.0.0.1/x /',
  ])('finds what the engine would fetch in %j', (dockerfile) => {
    expect(remoteAddition(`FROM scratch\n${dockerfile}`)).toMatch(/^ADD/);
  });

  it.each([
    'ADD files/ /srv/',
    'ADD --chown=1000:www-data a.tar.gz *.txt /x-1.0/',
    'ADD ["a b.txt", "/x"]',
    'ADD \\\n  a \\\n  /b',
    '# ADD http://10.0.0.1/x /',
    'RUN curl http://10.0.0.1/x',
    'COPY --from=build /a:b /',
    'LABEL add="ADD http://10.0.0.1/x"',
  ])('lets %j be', (dockerfile) => {
    expect(remoteAddition(`FROM scratch\n${dockerfile}`)).toBeNull();
  });
});
