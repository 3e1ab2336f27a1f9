import { applyDecorators, Controller } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { ApiTag } from './tags';
import { DSCAPE_PREFIX } from '../request/request-context';

/** A controller under `/api/v1/<path>` in the Dscape envelope. */
export function DscapeController(path: string, tag: ApiTag): ClassDecorator {
  return applyDecorators(Controller(`${DSCAPE_PREFIX}/${path}`), ApiTags(tag));
}

/** A controller with documented calls of the StackHub family, at the root. */
export function StackHubController(tag: ApiTag): ClassDecorator {
  return applyDecorators(Controller(), ApiTags(tag));
}
