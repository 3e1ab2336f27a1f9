import { errorOf, UnexpectedAnswer, type ApiError, type FieldProblem } from '../errors.js';

interface Failure {
  readonly code: number | string;
  readonly error?: number;
  readonly msg?: string;
  readonly message?: string;
  readonly requestId?: string;
  readonly details?: readonly FieldProblem[];
}

/** The `data` of a success in either envelope. Throws the ApiError of a failure. */
export async function readData(response: Response): Promise<unknown> {
  const text = await response.text();
  const body = parse(text);
  if (response.ok && isEnvelope(body) && (body.code === 20000 || body.code === '1'))
    return body.data;
  if (response.ok && body !== undefined && !isEnvelope(body)) return body; // health has no envelope
  throw failureOf(response, text);
}

/** The error of a failed answer. */
export async function readFailure(response: Response): Promise<ApiError | UnexpectedAnswer> {
  return failureOf(response, await response.text());
}

function failureOf(response: Response, text: string): ApiError | UnexpectedAnswer {
  const body = parse(text);
  const code = isEnvelope(body) ? (body.error ?? Number(body.code)) : NaN;
  if (!isEnvelope(body) || Number.isNaN(code)) {
    return new UnexpectedAnswer(
      `HTTP ${response.status} without an answer of StackScape`,
      response.status,
      text.slice(0, 500),
    );
  }
  return errorOf({
    code,
    status: response.status,
    message: body.msg ?? body.message ?? '',
    requestId: body.requestId ?? response.headers.get('x-request-id'),
    fields: body.details ?? [],
    retryAfter: secondsOf(response.headers.get('retry-after')),
  });
}

function isEnvelope(body: unknown): body is Failure & { data: unknown } {
  return typeof body === 'object' && body !== null && 'code' in body && 'data' in body;
}

function secondsOf(header: string | null): number | null {
  return header !== null && /^\d+$/.test(header) ? Number(header) : null;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
