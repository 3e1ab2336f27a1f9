import type { Language } from '../app/language';

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** Bytes in the largest unit that leaves at least 1. */
export function formatBytes(bytes: number | null | undefined): string {
  if (bytes === null || bytes === undefined) return '–';
  const step = Math.min(UNITS.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  const value = bytes / 1024 ** step;
  return `${step === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${UNITS[step]}`;
}

/** A time in milliseconds since the epoch, in the zone of this device. */
export function formatTime(ms: number | null | undefined, language: Language): string {
  if (ms === null || ms === undefined) return '–';
  return new Date(ms).toLocaleString(language === 'zh' ? 'zh-CN' : 'en-GB', {
    dateStyle: 'medium',
    timeStyle: 'short',
  });
}

export function formatPercent(value: number | null | undefined, digits = 0): string {
  return value === null || value === undefined ? '–' : `${value.toFixed(digits)} %`;
}

export function formatDuration(seconds: number, language: Language): string {
  const days = Math.floor(seconds / 86_400);
  const hours = Math.floor((seconds % 86_400) / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const [d, h, m] = language === 'zh' ? ['天', '小时', '分'] : ['d', 'h', 'min'];
  return days > 0 ? `${days} ${d} ${hours} ${h}` : `${hours} ${h} ${minutes} ${m}`;
}
