import { Group, Pagination, Text as Words } from '@mantine/core';
import { useText } from '../app/language';

/** Number of entries, and the way to the others. */
export function Pages({
  page,
  limit,
  total,
  onPage,
}: {
  readonly page: number;
  readonly limit: number;
  readonly total: number;
  onPage(page: number): void;
}) {
  const text = useText();
  const pages = Math.ceil(total / limit);
  return (
    <Group justify="space-between" mt="sm">
      <Words size="sm" c="dimmed">
        {text(`共 ${total} 条`, `${total} in all`)}
      </Words>
      {pages > 1 && (
        <Pagination
          size="sm"
          total={pages}
          value={page}
          onChange={onPage}
          getControlProps={(control) => ({
            'aria-label':
              control === 'next' || control === 'last'
                ? text('下一页', 'Next page')
                : text('上一页', 'Previous page'),
          })}
          getItemProps={(item) => ({ 'aria-label': text(`第 ${item} 页`, `Page ${item}`) })}
        />
      )}
    </Group>
  );
}
