import { Progress, Text as Words } from '@mantine/core';
import type { Schema } from '@stackscape/client';
import { useText } from '../../app/language';
import { formatBytes } from '../../ui/format';

type Layer = Schema<'AppLayerDto'>;
export type Layers = ReadonlyMap<string, Layer>;

export function withLayers(before: Layers, changed: readonly Layer[] = []): Layers {
  if (changed.length === 0) return before;
  const after = new Map(before);
  for (const layer of changed) after.set(`${layer.image} ${layer.layer}`, layer);
  return after;
}

/** A bar for each layer of each image, as far as the engine tells of them. */
export function PulledImages({ layers }: { readonly layers: Layers }) {
  const text = useText();
  const images = new Map<string, Layer[]>();
  for (const layer of layers.values())
    images.set(layer.image, [...(images.get(layer.image) ?? []), layer]);
  return [...images].map(([image, ofImage]) => {
    const done = ofImage.filter(({ percent }) => percent === 100).length;
    return (
      <section key={image} aria-label={image}>
        <Words size="sm" className="breakable">
          <span className="mono">{image}</span>{' '}
          <Words span inherit c="dimmed">
            {text(`${done} / ${ofImage.length} 层`, `${done} of ${ofImage.length} layers`)}
          </Words>
        </Words>
        <div className="layers">
          {ofImage.map(({ layer, percent, bytes }) => (
            <Progress
              key={layer}
              size="sm"
              color={percent === 100 ? 'teal' : undefined}
              value={percent}
              title={bytes === null ? layer : `${layer} · ${formatBytes(bytes)}`}
              aria-label={text(`层 ${layer}`, `Layer ${layer}`)}
            />
          ))}
        </div>
      </section>
    );
  });
}
