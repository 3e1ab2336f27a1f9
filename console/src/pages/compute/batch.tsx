import {
  Alert,
  Button,
  Card,
  FileInput,
  Group,
  List,
  Progress,
  Stack,
  Switch,
  Text as Words,
} from '@mantine/core';
import type { Schema } from '@stackscape/client';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useText } from '../../app/language';
import { useClient, useIsAdmin, useMe } from '../../app/session';
import { DataTable } from '../../ui/data-table';
import { Problem } from '../../ui/problem';
import { useNotices } from '../../ui/notices';
import { parseSamples, type ParsedSamples } from './parse-samples';

const BATCH = 1_000;
const SHOWN_RESULTS = 50;
const SHOWN_FAILURES = 20;

/** A CSV of samples to compute, checked here before anything is sent; or labelled records to import. */
export function Batch() {
  const text = useText();
  const isAdmin = useIsAdmin();
  const [file, setFile] = useState<File | null>(null);
  const [parsed, setParsed] = useState<ParsedSamples | null>(null);
  const choose = (next: File | null): void => {
    setFile(next);
    setParsed(null);
    if (next) void next.text().then((content) => setParsed(parseSamples(content, text)));
  };
  return (
    <Stack>
      <Card withBorder>
        <Stack>
          <FileInput
            label={text('CSV 文件', 'CSV file')}
            description={text(
              '首行为列名：pid,ctdna,cpg，可选 hcc（0 或 1，已确诊的结果）。',
              'The first line names the columns: pid,ctdna,cpg and optionally hcc (0 or 1, the confirmed status).',
            )}
            accept=".csv,text/csv"
            clearable
            clearButtonProps={{ 'aria-label': text('清除', 'Clear') }}
            placeholder={text('选择文件', 'Choose a file')}
            value={file}
            onChange={choose}
          />
          {parsed && <DryRun parsed={parsed} />}
          {parsed && parsed.samples.length > 0 && <Submit samples={parsed.samples} />}
          {file && isAdmin && <Import file={file} />}
        </Stack>
      </Card>
    </Stack>
  );
}

function DryRun({ parsed }: { readonly parsed: ParsedSamples }) {
  const text = useText();
  return (
    <div role="status">
      <Words fw={600}>
        {text(
          `试读：${parsed.samples.length} 行可用，${parsed.problems.length} 行有误`,
          `Dry run: ${parsed.samples.length} good lines, ${parsed.problems.length} bad ones`,
        )}
      </Words>
      <List size="sm">
        {parsed.problems.slice(0, 20).map(({ line, message }) => (
          <List.Item key={line}>
            {text(`第 ${line} 行：`, `Line ${line}: `)}
            {message}
          </List.Item>
        ))}
      </List>
    </div>
  );
}

/** A task of the file that ended, and the line that it came from. */
interface Ended {
  readonly line: number;
  readonly task: Schema<'TaskEventDto'>;
}

function Submit({ samples }: { readonly samples: ParsedSamples['samples'] }) {
  const text = useText();
  const client = useClient();
  const queries = useQueryClient();
  const [ended, setEnded] = useState<readonly Ended[]>([]);
  const submit = useMutation({
    mutationFn: async () => {
      setEnded([]);
      const batches: string[] = [];
      const lines = new Map<string, number>();
      for (let from = 0; from < samples.length; from += BATCH) {
        const some = samples.slice(from, from + BATCH);
        const { batch, ids } = await client.compute.submit(some.map(({ item }) => item));
        batches.push(batch);
        ids.forEach((id, index) => lines.set(id, some[index]?.line ?? 0));
      }
      for (const batch of batches) {
        let waiting: Ended[] = [];
        for await (const task of client.compute.batchResults(batch)) {
          if (waiting.push({ line: lines.get(task.id) ?? 0, task }) > 1) continue;
          // Many end at once: they are shown together.
          setTimeout(() => {
            const some = waiting;
            waiting = [];
            setEnded((all) => [...all, ...some]);
          }, 100);
        }
      }
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ['history'] }),
  });
  return (
    <Stack gap="sm">
      <Group>
        <Button loading={submit.isPending} onClick={() => submit.mutate()}>
          {text(`计算 ${samples.length} 个样本`, `Compute ${samples.length} samples`)}
        </Button>
      </Group>
      {(submit.isPending || ended.length > 0) && (
        <>
          <Progress
            value={(100 * ended.length) / samples.length}
            size="lg"
            aria-label={text('计算进度', 'Progress of the computations')}
          />
          <Words size="sm" role="status">
            {text(
              `已完成 ${ended.length} / ${samples.length}`,
              `${ended.length} of ${samples.length} done`,
            )}
          </Words>
        </>
      )}
      {submit.error && <Problem error={submit.error} />}
      {ended.length > 0 && !submit.isPending && <Results ended={ended} />}
    </Stack>
  );
}

/** What was computed, and by line what was not. */
function Results({ ended }: { readonly ended: readonly Ended[] }) {
  const text = useText();
  const inOrder = [...ended].sort((a, b) => a.line - b.line);
  const failed = inOrder.filter(({ task }) => task.result === null);
  const results = inOrder.flatMap(({ line, task }) =>
    task.result ? [{ line, ...task.result }] : [],
  );
  return (
    <>
      {failed.length > 0 && (
        <Alert
          color="red"
          title={text(`${failed.length} 行未能计算`, `${failed.length} lines were not computed`)}
        >
          <List size="sm">
            {failed.slice(0, SHOWN_FAILURES).map(({ line, task }) => (
              <List.Item key={task.id}>
                {text(`第 ${line} 行：`, `Line ${line}: `)}
                {task.failure}
              </List.Item>
            ))}
          </List>
        </Alert>
      )}
      {results.length > SHOWN_RESULTS && (
        <Words size="sm" c="dimmed">
          {text(
            `显示前 ${SHOWN_RESULTS} 行，全部 ${results.length} 行见“历史”。`,
            `The first ${SHOWN_RESULTS} lines; all ${results.length} are under History.`,
          )}
        </Words>
      )}
      {results.length > 0 && (
        <DataTable
          label={text('结果', 'Results')}
          rows={results.slice(0, SHOWN_RESULTS)}
          rowKey={({ id }) => id}
          empty=""
          columns={[
            { title: text('行', 'Line'), cell: ({ line }) => line },
            { title: text('患者', 'Patient'), cell: ({ pid }) => pid },
            { title: 'bp', cell: ({ ctdna }) => ctdna },
            { title: 'CpG', cell: ({ cpg }) => cpg },
            { title: 'p', cell: ({ probability }) => probability.toFixed(3) },
            {
              title: text('推断', 'Inferred'),
              cell: ({ hcc_infer }) => (hcc_infer ? 'HCC' : text('非 HCC', 'not HCC')),
            },
          ]}
        />
      )}
    </>
  );
}

function Import({ file }: { readonly file: File }) {
  const text = useText();
  const client = useClient();
  const me = useMe();
  const notices = useNotices();
  const queries = useQueryClient();
  const [sent, setSent] = useState(0);
  const [again, setAgain] = useState(false);
  const run = useMutation({
    mutationFn: () =>
      client.history.import(me?.uid ?? '', file, {
        again,
        onProgress: ({ sent: bytes, total }) => setSent(total ? (100 * bytes) / total : 0),
      }),
    onSuccess: ({ accepted }) => {
      notices.done(text(`已导入 ${accepted} 条`, `${accepted} records are imported`));
      void queries.invalidateQueries();
    },
  });
  return (
    <Stack gap="sm">
      <Group>
        <Button
          variant="default"
          loading={run.isPending}
          disabled={!me}
          onClick={() => run.mutate()}
        >
          {text('作为已确诊记录导入', 'Import as confirmed records')}
        </Button>
        <Switch
          label={text('允许重复导入同一文件', 'Also a file that was imported before')}
          checked={again}
          onChange={(event) => setAgain(event.currentTarget.checked)}
        />
      </Group>
      {run.isPending && <Progress value={sent} aria-label={text('上传', 'Upload')} />}
      {run.error && <Problem error={run.error} />}
      {run.data && (
        <div role="status">
          <Words size="sm">
            {text(
              `导入 ${run.data.accepted} 条，拒绝 ${run.data.rejected} 行`,
              `${run.data.accepted} records imported, ${run.data.rejected} lines refused`,
            )}
          </Words>
          <List size="sm">
            {run.data.bad_lines.map(({ line, problems }) => (
              <List.Item key={line}>
                {text(`第 ${line} 行：`, `Line ${line}: `)}
                {problems.map(({ field, message }) => `${field} ${message}`).join('; ')}
              </List.Item>
            ))}
          </List>
        </div>
      )}
    </Stack>
  );
}
