/** One assignment of a `.env` file, not yet expanded. */
export interface DotEnvEntry {
  readonly name: string;
  /** Null: the bare name, which takes its value from the environment. */
  readonly raw: string | null;
  readonly quote: "'" | '"' | null;
  /** 1-based. */
  readonly line: number;
}

export interface DotEnvFile {
  readonly entries: readonly DotEnvEntry[];
  readonly problems: readonly { readonly line: number; readonly text: string }[];
}
