import {
  Alert,
  Badge,
  Button,
  Card,
  Group,
  NumberInput,
  Stack,
  Text as Words,
  TextInput,
  Title,
} from '@mantine/core';
import type { Schema } from '@stackscape/client';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { useText } from '../../app/language';
import { useClient } from '../../app/session';
import { Plot } from '../../plots/plot';
import { Form } from '../../ui/form';
import { fieldProblems, Loaded, Problem } from '../../ui/problem';
import { surfaceOption } from './plot-options';

type TaskStatus = Schema<'TaskStatusDto'>;
const LOOK_EVERY_MS = 300;

/** One fragment: its probability, and where it lies on the map of the model in use. */
export function SampleForm() {
  const text = useText();
  const client = useClient();
  const queries = useQueryClient();
  const [pid, setPid] = useState('');
  const [ctdna, setCtdna] = useState<number | string>('');
  const [cpg, setCpg] = useState<number | string>('');
  const [position, setPosition] = useState<number | null>(null);
  const compute = useMutation({
    mutationFn: async (): Promise<TaskStatus> => {
      const sample = { pid: pid.trim(), ctdna: Number(ctdna), cpg: Number(cpg) };
      const id = await client.compute.add(sample);
      for (;;) {
        const task = await client.compute.status(id);
        if (task.status === 0 || task.status === 4) return task;
        setPosition(task.position);
        await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
      }
    },
    onSettled: () => {
      setPosition(null);
      void queries.invalidateQueries({ queryKey: ['history'] });
    },
  });
  const problems = fieldProblems(compute.error);
  return (
    <div className="columns">
      <Card withBorder>
        <Form onSubmit={() => compute.mutate()}>
          <Stack>
            <TextInput
              label={text('患者编号', 'Patient id')}
              description={text('1 到 15 位数字。', '1 to 15 digits.')}
              inputMode="numeric"
              required
              withAsterisk={false}
              value={pid}
              error={problems['pid']}
              onChange={(event) => setPid(event.currentTarget.value)}
            />
            <NumberInput
              label={text('ctDNA 片段长度（bp）', 'ctDNA fragment length (bp)')}
              required
              withAsterisk={false}
              allowDecimal={false}
              value={ctdna}
              error={problems['ctdna']}
              onChange={setCtdna}
            />
            <NumberInput
              label={text('甲基化 CpG 位点数', 'Methylated CpG sites')}
              required
              withAsterisk={false}
              allowDecimal={false}
              value={cpg}
              error={problems['cpg']}
              onChange={setCpg}
            />
            {compute.error && <Problem error={compute.error} />}
            <Button type="submit" loading={compute.isPending}>
              {text('计算', 'Compute')}
            </Button>
            {position !== null && (
              <Words size="sm" role="status">
                {text(`排队中，第 ${position} 位`, `Queued at place ${position}`)}
              </Words>
            )}
            {compute.data && <Result task={compute.data} />}
          </Stack>
        </Form>
      </Card>
      <Card withBorder>
        <Title order={2} size="h4">
          {text('模型给出的概率', 'Probability under the model')}
        </Title>
        <Surface
          ctdna={ctdna === '' ? null : Number(ctdna)}
          cpg={cpg === '' ? null : Number(cpg)}
        />
      </Card>
    </div>
  );
}

function Result({ task }: { readonly task: TaskStatus }) {
  const text = useText();
  const { result } = task;
  if (!result)
    return (
      <Alert color="red" role="alert">
        {text('计算未完成：', 'The computation did not end: ')}
        {task.failure}
      </Alert>
    );
  return (
    <Card withBorder role="status" aria-label={text('结果', 'Result')}>
      <Group justify="space-between">
        <div>
          <Words size="sm" c="dimmed">
            {text('HCC 概率', 'Probability of HCC')}
          </Words>
          <Words fz={34} fw={700} lh={1.1}>
            {result.probability.toFixed(3)}
          </Words>
        </div>
        <Badge size="lg" color={result.hcc_infer ? 'red' : 'teal'} variant="light" tt="none">
          {result.hcc_infer
            ? text('推断：HCC', 'Inferred: HCC')
            : text('推断：非 HCC', 'Inferred: not HCC')}
        </Badge>
      </Group>
      {result.extrapolated && (
        <Words size="sm" mt="xs">
          {text(
            '样本超出模型的拟合范围，取值已截断。',
            'The sample lies outside what the model was fitted on; its value was saturated.',
          )}
        </Words>
      )}
      <Words size="xs" c="dimmed" mt="xs" className="breakable">
        {result.model} · {result.checksum.slice(0, 12)} ·{' '}
        {text('仅供研究使用', 'Research use only')}
      </Words>
    </Card>
  );
}

function Surface({ ctdna, cpg }: { readonly ctdna: number | null; readonly cpg: number | null }) {
  const text = useText();
  const client = useClient();
  const surface = useQuery({
    queryKey: ['surface'],
    queryFn: async ({ signal }) => {
      const { models } = await client.compute.models({ signal });
      const active = models.find((model) => model.active);
      return active ? await client.compute.surface(active.id, { signal }) : null;
    },
    staleTime: 60_000,
  });
  const option = useMemo(
    () =>
      surface.data &&
      surfaceOption(surface.data, ctdna === null || cpg === null ? null : { ctdna, cpg }, text),
    [surface.data, ctdna, cpg, text],
  );
  return (
    <Loaded query={surface}>
      {(data) =>
        data && option ? (
          <Plot
            option={option}
            label={text('片段长度与位点数上的概率', 'Probability by fragment length and CpG sites')}
            caption={text(
              `模型 ${data.model} · ${data.checksum.slice(0, 12)} · 阈值 ${data.threshold} · 仅供研究使用`,
              `Model ${data.model} · ${data.checksum.slice(0, 12)} · threshold ${data.threshold} · research use only`,
            )}
            fileName={`surface-${data.model}`}
          />
        ) : (
          <Words c="dimmed">{text('没有启用的模型。', 'No model is in use.')}</Words>
        )
      }
    </Loaded>
  );
}
