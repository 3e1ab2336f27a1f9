/** The part of the client library that opens connections. */
declare module 'docker-modem/lib/http' {
  const transports: { http: unknown; https: unknown };
  export = transports;
}
