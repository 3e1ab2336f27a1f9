import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** One kind of request; each connection sends the requests of the list in turn. */
export interface Load {
  readonly url: string;
  readonly connections: number;
  readonly seconds: number;
  readonly requests: readonly LoadRequest[];
  /** Text that every answer must contain, beside its status 200. */
  readonly expect: string;
}

export interface LoadRequest {
  readonly path: string;
  readonly method?: 'GET' | 'POST';
  readonly token?: string;
  readonly body?: object;
}

export interface LoadResult {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/**
 * Loads a server with wrk and checks every answer.
 *
 * @throws Error when one answer is not as expected or a connection fails
 */
export async function load(spec: Load): Promise<LoadResult> {
  const script = join(tmpdir(), `stackscape-bench-${randomUUID()}.lua`);
  await writeFile(script, scriptOf(spec));
  try {
    const { stdout } = await run(
      'wrk',
      ['-t1', `-c${spec.connections}`, `-d${spec.seconds}s`, '-s', script, spec.url],
      { timeout: (spec.seconds + 30) * 1000 },
    );
    const line = /^RESULT (.*)$/m.exec(stdout)?.[1];
    if (!line) throw new Error(`wrk printed no result:\n${stdout}`);
    const { good, bad, sample, errors, seconds, p50, p99 } = JSON.parse(line) as WrkResult;
    if (bad > 0 || errors > 0 || good === 0) {
      const what = `${bad} wrong answers, ${errors} failed connections, ${good} good answers`;
      throw new Error(`${spec.requests[0]?.path}: ${what}; one of them: ${unescape(sample)}`);
    }
    return { perSecond: good / seconds, p50Ms: p50 / 1000, p99Ms: p99 / 1000 };
  } finally {
    await rm(script, { force: true });
  }
}

interface WrkResult {
  readonly good: number;
  readonly bad: number;
  readonly sample: string;
  readonly errors: number;
  readonly seconds: number;
  readonly p50: number;
  readonly p99: number;
}

function scriptOf({ requests, expect }: Load): string {
  const formatted = requests.map(({ path, method = 'GET', token, body }) => {
    const headers = [
      ...(token ? [`["token"]=${quoted(token)}`] : []),
      ...(body ? ['["content-type"]="application/json"'] : []),
    ];
    const text = body ? quoted(JSON.stringify(body)) : 'nil';
    return `wrk.format(${quoted(method)}, ${quoted(path)}, {${headers.join(',')}}, ${text})`;
  });
  return `
local threads = {}
function setup(thread) table.insert(threads, thread) end
function init(args)
  good, bad, sample, turn = 0, 0, "", 0
  wrk.headers["Host"] = "bench"
  list = { ${formatted.join(',\n')} }
end
function request()
  turn = turn % #list + 1
  return list[turn]
end
function response(status, headers, body)
  if status == 200 and string.find(body, ${quoted(expect)}, 1, true) then good = good + 1
  else bad = bad + 1; sample = status .. " " .. string.sub(body, 1, 300) end
end
function done(summary, latency, requests)
  local good, bad, sample = 0, 0, ""
  for _, thread in ipairs(threads) do
    good = good + thread:get("good"); bad = bad + thread:get("bad")
    if thread:get("sample") ~= "" then sample = thread:get("sample") end
  end
  local hex = string.gsub(sample, ".", function(c) return string.format("%%%02x", string.byte(c)) end)
  local e = summary.errors
  io.write(string.format('RESULT {"good":%d,"bad":%d,"sample":"%s","errors":%d,"seconds":%f,"p50":%d,"p99":%d}\\n',
    good, bad, hex, e.connect + e.read + e.write + e.timeout, summary.duration / 1e6,
    latency:percentile(50), latency:percentile(99)))
end
`;
}

/** A Lua string; JSON escapes are the same for what appears here. */
function quoted(text: string): string {
  return JSON.stringify(text);
}

function unescape(hex: string): string {
  return Buffer.from(hex.replaceAll('%', ''), 'hex').toString();
}
