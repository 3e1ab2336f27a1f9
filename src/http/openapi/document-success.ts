import type { OpenAPIObject } from '@nestjs/swagger';
import recorded from './recorded-answers.json';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;
type Media = Record<string, { schema?: unknown; example?: unknown }>;

/** What a real server was sent and answered; `npm run examples` records it. */
export interface RecordedAnswer {
  readonly request?: unknown;
  readonly answer: unknown;
}

/** One true example of the body and of the success of a call. */
export function documentSuccess(operation: Operation): void {
  const example = (recorded as Record<string, RecordedAnswer>)[operation.operationId ?? ''];
  if (!example) return;
  const success = operation.responses['200'] as { content?: Media } | undefined;
  for (const media of Object.values(success?.content ?? {})) media.example = example.answer;
  const body = operation.requestBody as { content?: Media } | undefined;
  if (example.request === undefined) return;
  for (const media of Object.values(body?.content ?? {})) media.example = example.request;
}
