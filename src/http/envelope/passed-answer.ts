/** An answer that another process has made, in its envelope already: it goes out as it came. */
export class PassedAnswer {
  constructor(
    readonly status: number,
    readonly headers: Readonly<Record<string, string>>,
    readonly body: string,
  ) {}
}
