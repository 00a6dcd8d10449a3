import type { Column, Sample } from "./case.ts";

export function median(values: readonly number[]): number {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length % 2 === 1) return sorted[middle] ?? NaN;
  return ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
}

export function medianOf(
  measure: (sample: Sample) => number,
): (samples: readonly Sample[]) => number {
  return (samples) => median(samples.map(measure));
}

export const GIB = 1024 ** 3;

export const wall = medianOf(({ wallS }) => wallS);
export const cpu = medianOf(({ cpuS }) => cpuS);
export const memory = medianOf(({ rssMb }) => rssMb);
export const objectsPerSecond = medianOf(({ verdict, wallS }) => verdict.source / wallS);
export const lost = (samples: readonly Sample[]) =>
  Math.max(...samples.map(({ verdict }) => verdict.source - verdict.same));
export const torn = (samples: readonly Sample[]) =>
  samples.reduce((sum, { verdict }) => sum + verdict.torn, 0);
export const requests = medianOf(({ s3, blob }) => s3.requests + blob.requests);

export function number(value: number, digits = 1): string {
  if (Number.isNaN(value)) return "-";
  return value.toLocaleString("en-US", {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}

const spread = (samples: readonly Sample[]) =>
  samples.length < 2
    ? ""
    : ` (${number(Math.min(...samples.map(({ wallS }) => wallS)))}-${number(Math.max(...samples.map(({ wallS }) => wallS)))})`;

export const WALL: Column = [
  "wall s (range)",
  (samples) => number(wall(samples)) + spread(samples),
];
export const CPU: Column = ["CPU s", (samples) => number(cpu(samples))];
export const MEMORY: Column = ["peak RSS MB", (samples) => number(memory(samples), 0)];
export const OBJECTS: Column = ["objects/s", (samples) => number(objectsPerSecond(samples), 0)];
export const REQUESTS: Column = [
  "requests per object",
  (samples) =>
    number(
      medianOf(({ s3, blob, verdict }) => (s3.requests + blob.requests) / verdict.source)(samples),
      2,
    ),
];
export const EQUAL: Column = [
  "target = source",
  (samples) => {
    const wrong = lost(samples);
    const extra = Math.max(...samples.map(({ verdict }) => verdict.extra));
    const failed = samples.filter(({ code }) => code !== 0).length;
    if (wrong === 0 && extra === 0)
      return failed === 0 ? "yes" : `yes, but exit code not 0 in ${failed}`;
    return `NO: ${wrong} of ${samples[0]?.verdict.source ?? 0} not equal, ${extra} extra${failed > 0 ? "" : ", exit code 0"}`;
  },
];
export const OTHERS: Column = [
  "others' load",
  (samples) => number(medianOf(({ others }) => others)(samples), 2),
];

/** What is told of many small objects. */
export const SMALL_OBJECTS: readonly Column[] = [
  OBJECTS,
  WALL,
  CPU,
  MEMORY,
  REQUESTS,
  EQUAL,
  OTHERS,
];
