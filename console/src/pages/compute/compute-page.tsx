import { Stack } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useText } from '../../app/language';
import { PageHead } from '../../ui/page-head';
import { PageTabs } from '../../ui/page-tabs';
import { Batch } from './batch';
import { History } from './history';
import { Models } from './models';
import { ModelPlots } from './model-plots';
import { Queue } from './queue';
import { ResearchNotice } from './research-notice';
import { SampleForm } from './sample-form';

/** Computations, their history, and how the models do on confirmed records. */
export function ComputePage() {
  const text = useText();
  const navigate = useNavigate();
  const { tab = 'sample' } = useSearch({ from: '/shell/compute' });
  const tabs = [
    { value: 'sample', label: text('单个样本', 'One sample'), Content: SampleForm },
    { value: 'batch', label: text('批量', 'Batch'), Content: Batch },
    { value: 'queue', label: text('队列', 'Queue'), Content: Queue },
    { value: 'history', label: text('历史', 'History'), Content: History },
    { value: 'plots', label: text('图表', 'Plots'), Content: ModelPlots },
    { value: 'models', label: text('模型', 'Models'), Content: Models },
  ];
  return (
    <Stack gap="sm">
      <PageHead title={text('计算', 'Compute')} />
      <ResearchNotice />
      <PageTabs
        tabs={tabs}
        shown={tab}
        onShow={(search) => void navigate({ to: '/compute', search })}
      />
    </Stack>
  );
}
