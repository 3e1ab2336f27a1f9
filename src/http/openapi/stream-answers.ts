import { applyDecorators, SetMetadata, type Type } from '@nestjs/common';
import {
  ApiExtension,
  ApiExtraModels,
  ApiHeader,
  ApiOkResponse,
  ApiProduces,
  getSchemaPath,
} from '@nestjs/swagger';
import { STREAM_ROUTE } from '../access/access-rule';
import { STREAM_END, StreamEndDto } from '../streams/stream-end.dto';

/**
 * Success is a stream of server-sent events, without an envelope. `events` names each event with the
 * class of its data, which is JSON. OpenAPI 3.0 has no words for that: `x-events` carries it.
 */
export function AnswersStream(
  events: Readonly<Record<string, Type>>,
  { resumable = false }: { readonly resumable?: boolean } = {},
): MethodDecorator {
  return applyDecorators(
    ApiProduces('text/event-stream'),
    SendsEvents(events),
    ...(resumable ? [LAST_EVENT_ID] : []),
    ApiOkResponse({
      description: describeEvents(events),
      content: { 'text/event-stream': { schema: { type: 'string' } } },
    }),
  );
}

/** As AnswersStream, for a call that answers with a stream only when asked to. */
export function SendsEvents(events: Readonly<Record<string, Type>>): MethodDecorator {
  const all = withEnd(events);
  return applyDecorators(
    SetMetadata(STREAM_ROUTE, true),
    ApiExtraModels(...Object.values(all)),
    ApiExtension(
      'x-events',
      Object.fromEntries(
        Object.entries(all).map(([name, model]) => [name, { $ref: getSchemaPath(model) }]),
      ),
    ),
  );
}

/** The sentence about a stream in the document. */
export function describeEvents(events: Readonly<Record<string, Type>>): string {
  const names = Object.entries(withEnd(events)).map(
    ([name, model]) => `\`${name}\` (${model.name})`,
  );
  return (
    `Server-sent events, open until the caller goes: ${names.join(', ')}; the data of each is JSON. ` +
    'A comment comes at least every 15 s. The stream ends within a second of the access token, the session, ' +
    'or a ban or another role of the account; the last event, `end`, says why.'
  );
}

const withEnd = (events: Readonly<Record<string, Type>>): Record<string, Type> => ({
  ...events,
  [STREAM_END]: StreamEndDto,
});

const LAST_EVENT_ID = ApiHeader({
  name: 'last-event-id',
  required: false,
  schema: { type: 'string', pattern: '^[0-9]{1,18}$' },
  description: 'Id of the last event that was received; the stream goes on after it',
});
