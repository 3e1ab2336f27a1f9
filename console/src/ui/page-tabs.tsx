import { Tabs } from '@mantine/core';
import type { ComponentType } from 'react';

interface PageTab {
  readonly value: string;
  readonly label: string;
  readonly Content: ComponentType;
}

/** The parts of a page, one shown at a time; which one stands in the address. */
export function PageTabs({
  tabs,
  shown,
  onShow,
}: {
  readonly tabs: readonly PageTab[];
  readonly shown: string;
  readonly onShow: (search: { tab?: string }) => void;
}) {
  return (
    <Tabs
      value={shown}
      onChange={(value) => onShow(value ? { tab: value } : {})}
      keepMounted={false}
    >
      <Tabs.List mb="md">
        {tabs.map(({ value, label }) => (
          <Tabs.Tab key={value} value={value}>
            {label}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {tabs.map(({ value, Content }) => (
        <Tabs.Panel key={value} value={value}>
          <Content />
        </Tabs.Panel>
      ))}
    </Tabs>
  );
}
