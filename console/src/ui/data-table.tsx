import { Table } from '@mantine/core';
import type { ReactNode } from 'react';
import { Empty } from './problem';

export interface Column<T> {
  readonly title: string;
  readonly cell: (row: T) => ReactNode;
  readonly narrow?: boolean;
}

/** A table that scrolls sideways on a phone, also by keyboard. */
export function DataTable<T>({
  label,
  columns,
  rows,
  rowKey,
  empty,
}: {
  readonly label: string;
  readonly columns: readonly Column<T>[];
  readonly rows: readonly T[];
  readonly rowKey: (row: T) => string | number;
  readonly empty: string;
}) {
  if (rows.length === 0) return <Empty>{empty}</Empty>;
  return (
    <div className="scroll-x" tabIndex={0} role="region" aria-label={label}>
      <Table verticalSpacing="xs" miw={620}>
        <Table.Thead>
          <Table.Tr>
            {columns.map(({ title, narrow }, index) => (
              <Table.Th key={index} className="nowrap" {...(narrow ? { w: 1 } : {})}>
                {title}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <Table.Tr key={rowKey(row)}>
              {columns.map(({ cell }, index) => (
                <Table.Td key={index}>{cell(row)}</Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}
