import { Card, Select, Slider, Stack, Text as Words, Title } from '@mantine/core';
import type { Schema } from '@stackscape/client';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { useText } from '../../app/language';
import { useClient } from '../../app/session';
import { Plot } from '../../plots/plot';
import { Empty, Loaded } from '../../ui/problem';
import { confusionAt } from './confusion';
import { calibrationOption, confusionOption, lengthsOption, rocOption } from './plot-options';
import { ProbabilityOverTime } from './probability-plot';

type Stats = Schema<'ModelStatsDto'>;

/** How the models did on confirmed records. */
export function ModelPlots() {
  const text = useText();
  const client = useClient();
  const stats = useQuery({
    queryKey: ['stats'],
    queryFn: async ({ signal }) => {
      const [{ models }, list, lengths] = await Promise.all([
        client.compute.stats({}, { signal }),
        client.compute.models({ signal }),
        client.compute.lengths({}, { signal }),
      ]);
      const checksums = new Map(list.models.map(({ id, checksum }) => [id, checksum]));
      return { models: models.filter(({ records }) => records > 0), checksums, lengths };
    },
  });
  const [chosen, setChosen] = useState<string | null>(null);
  return (
    <Loaded query={stats}>
      {({ models, checksums, lengths }) => {
        const model =
          models.find((one) => one.model === chosen) ??
          models.find(({ active }) => active) ??
          models[0];
        return (
          <Stack>
            {model ? (
              <>
                <Select
                  maw={340}
                  label={text('模型', 'Model')}
                  allowDeselect={false}
                  data={models.map((one) => one.model)}
                  value={model.model}
                  onChange={setChosen}
                />
                <Plots models={models} model={model} checksum={checksums.get(model.model) ?? ''} />
              </>
            ) : (
              <Empty>
                {text(
                  '还没有确诊记录。在“历史”中确认记录，或导入带结果的 CSV。',
                  'No record is confirmed yet. Confirm some under History, or import a CSV with results.',
                )}
              </Empty>
            )}
            {lengths.bins.length > 0 && <Lengths lengths={lengths} />}
            <ProbabilityOverTime />
          </Stack>
        );
      }}
    </Loaded>
  );
}

function Plots({
  models,
  model,
  checksum,
}: {
  readonly models: readonly Stats[];
  readonly model: Stats;
  readonly checksum: string;
}) {
  const text = useText();
  const caption = [
    text(
      `n = ${model.records}（HCC ${model.positives}，非 HCC ${model.negatives}）`,
      `n = ${model.records} (HCC ${model.positives}, not HCC ${model.negatives})`,
    ),
    ...periodOf(model),
    model.model,
    checksum.slice(0, 12),
    text('仅供研究使用', 'research use only'),
  ].join(' · ');
  const roc = useMemo(
    () =>
      rocOption(
        models.filter((one) => one.roc.length > 0),
        text,
      ),
    [models, text],
  );
  const calibration = useMemo(() => calibrationOption(model, text), [model, text]);
  const { auc } = model;
  return (
    <div className="columns">
      <Card withBorder>
        <Title order={2} size="h4">
          {text('ROC 曲线', 'ROC curve')}
        </Title>
        <Words size="sm" aria-label="AUC">
          AUC {auc ? auc.value.toFixed(3) : '–'}
          {auc?.interval &&
            text(
              `（95 % 区间 ${auc.interval.low.toFixed(3)}–${auc.interval.high.toFixed(3)}）`,
              ` (95 % interval ${auc.interval.low.toFixed(3)}–${auc.interval.high.toFixed(3)})`,
            )}
        </Words>
        <Plot
          option={roc}
          label={text('ROC 曲线', 'ROC curve')}
          caption={caption}
          fileName={`roc-${model.model}`}
        />
      </Card>
      <Card withBorder>
        <Title order={2} size="h4">
          {text('校准', 'Calibration')}
        </Title>
        <Words size="sm">Brier {model.brier ? model.brier.value.toFixed(3) : '–'}</Words>
        <Plot
          option={calibration}
          label={text('校准曲线', 'Calibration')}
          caption={caption}
          fileName={`calibration-${model.model}`}
        />
      </Card>
      <Confusion model={model} caption={caption} />
    </div>
  );
}

function Confusion({ model, caption }: { readonly model: Stats; readonly caption: string }) {
  const text = useText();
  const [threshold, setThreshold] = useState(0.5);
  const counts = confusionAt(model, threshold);
  const share = (part: number, whole: number): string =>
    whole === 0 ? '–' : `${((100 * part) / whole).toFixed(1)} %`;
  const title = text('混淆矩阵', 'Confusion matrix');
  const rates = [
    `${text('阈值', 'Threshold')} ${threshold.toFixed(2)}`,
    `${text('灵敏度', 'Sensitivity')} ${share(counts.truePositive, model.positives)}`,
    `${text('特异度', 'Specificity')} ${share(counts.trueNegative, model.negatives)}`,
  ].join(' · ');
  const option = useMemo(
    () => confusionOption(confusionAt(model, threshold), text),
    [model, threshold, text],
  );
  return (
    <Card withBorder>
      <Title order={2} size="h4" mb="sm">
        {title}
      </Title>
      <Plot
        option={option}
        label={title}
        caption={`${rates} · ${caption}`}
        fileName={`confusion-${model.model}`}
      >
        <div className="confusion">
          <span />
          <b>{text('确诊 HCC', 'Confirmed HCC')}</b>
          <b>{text('确诊非 HCC', 'Confirmed not HCC')}</b>
          <b className="side">{text('推断 HCC', 'Inferred HCC')}</b>
          <span className="cell right">{counts.truePositive}</span>
          <span className="cell wrong">{counts.falsePositive}</span>
          <b className="side">{text('推断非 HCC', 'Inferred not HCC')}</b>
          <span className="cell wrong">{counts.falseNegative}</span>
          <span className="cell right">{counts.trueNegative}</span>
        </div>
        <Words size="sm" mt="md">
          {text('阈值', 'Threshold')} {threshold.toFixed(2)}
        </Words>
        <Slider
          min={0}
          max={1}
          step={0.01}
          value={threshold}
          onChange={setThreshold}
          label={null}
          thumbLabel={text('阈值', 'Threshold')}
          mb="sm"
        />
      </Plot>
    </Card>
  );
}

function Lengths({ lengths }: { readonly lengths: Schema<'LengthsDto'> }) {
  const text = useText();
  const option = useMemo(() => lengthsOption(lengths, text), [lengths, text]);
  const records = lengths.bins.reduce(
    (sum, bin) => sum + bin.positives + bin.negatives + bin.unconfirmed,
    0,
  );
  const title = text('片段长度分布', 'Fragment lengths by status');
  return (
    <Card withBorder>
      <Title order={2} size="h4">
        {title}
      </Title>
      <Plot
        option={option}
        label={title}
        caption={[
          `n = ${records}`,
          ...periodOf(lengths),
          text('仅供研究使用', 'research use only'),
        ].join(' · ')}
        fileName="fragment-lengths"
      />
    </Card>
  );
}

/** The days of the first and the last record, in UTC. */
function periodOf({ period }: Pick<Schema<'LengthsDto'>, 'period'>): string[] {
  return period === null ? [] : [`${period.from.slice(0, 10)} – ${period.to.slice(0, 10)}`];
}
