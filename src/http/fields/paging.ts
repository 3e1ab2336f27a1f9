import { ApiProperty } from '@nestjs/swagger';
import { IntField } from '.';

export const DEFAULT_PAGE_LIMIT = 20;
export const MAX_PAGE_LIMIT = 500;

/** `page` and `limit` of a listing; extend it with the filters. */
export class PageQueryDto {
  @IntField({
    min: 1,
    max: 1_000_000,
    optional: 'or-empty',
    default: 1,
    description: 'page, from 1',
  })
  page?: number;

  @IntField({
    min: 1,
    max: MAX_PAGE_LIMIT,
    optional: 'or-empty',
    default: DEFAULT_PAGE_LIMIT,
    description: 'entries a page',
  })
  limit?: number;
}

/** The query in rows to skip and to take. */
export function pageOf(query: PageQueryDto): { page: number; skip: number; take: number } {
  const { page = 1, limit = DEFAULT_PAGE_LIMIT } = query;
  return { page, skip: (page - 1) * limit, take: limit };
}

/** What every page of a listing carries besides its `items`. */
export class PageDto {
  @ApiProperty({ type: 'integer', description: 'entries that match, on all pages' })
  total: number;

  @ApiProperty({ type: 'integer', example: 1 })
  page: number;

  @ApiProperty({ type: 'integer', example: DEFAULT_PAGE_LIMIT })
  limit: number;
}
