import assert from "node:assert/strict";

export interface Sample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

export interface Family {
  type: string;
  help: string;
  samples: Sample[];
}

const nameForm = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const labelForm = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(,|$)/y;

/**
 * Reads Prometheus' text format (0.0.4) as strictly as it is written down: each family announced once with HELP and TYPE, its samples
 * in one piece, no series twice, histograms cumulative and closed.
 */
export function readMetrics(text: string): Map<string, Family> {
  assert.ok(text.endsWith("\n"), "the last line ends");
  const families = new Map<string, Family>();
  const series = new Set<string>();
  let current = ["", { type: "", help: "", samples: [] }] as [string, Family];
  for (const line of text.split("\n").filter((one) => one !== "")) {
    const announced = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line);
    if (announced !== null) {
      const [, what, name = "", rest = ""] = announced;
      if (what === "HELP") {
        assert.ok(!families.has(name), `${name} is announced twice`);
        current = [name, { type: "", help: rest, samples: [] }];
        families.set(...current);
      } else {
        assert.equal(current[0], name, "TYPE follows its HELP");
        current[1].type = rest;
      }
      continue;
    }
    const sample = readSample(line);
    assert.ok(belongs(sample.name, ...current), `stray sample: ${line}`);
    const id = `${sample.name}${JSON.stringify(Object.entries(sample.labels).sort())}`;
    assert.ok(!series.has(id), `${id} is there twice`);
    series.add(id);
    current[1].samples.push(sample);
  }
  for (const [name, family] of families) checkFamily(name, family);
  return families;
}

/** The value of the one sample with these labels; undefined when there is none. */
export function valueOf(
  families: Map<string, Family>,
  name: string,
  labels: Record<string, string> = {},
): number | undefined {
  const found = [...families.values()]
    .flatMap(({ samples }) => samples)
    .filter(
      (sample) =>
        sample.name === name &&
        Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
    );
  assert.ok(found.length < 2, `${name} with ${JSON.stringify(labels)} is not one series`);
  return found[0]?.value;
}

function readSample(line: string): Sample {
  const match = /^([^\s{]+)(?:\{(.*)\})? (\S+)$/.exec(line);
  assert.ok(match !== null, `no sample: ${line}`);
  const [, name = "", inside = "", value = ""] = match;
  assert.match(name, nameForm);
  const labels: Record<string, string> = {};
  labelForm.lastIndex = 0;
  for (let rest = inside; labelForm.lastIndex < rest.length;) {
    const label = labelForm.exec(rest);
    assert.ok(label !== null, `labels cannot be read: ${line}`);
    labels[label[1] ?? ""] = label[2] ?? "";
    rest = inside;
  }
  const number = value === "+Inf" ? Infinity : value.toLowerCase() === "nan" ? NaN : Number(value);
  // prom-client writes "Nan", which Prometheus reads.
  assert.ok(/^nan$/i.test(value) || !Number.isNaN(number), `no number: ${line}`);
  return { name, labels, value: number };
}

function belongs(sample: string, name: string, { type }: Family): boolean {
  const suffixes = ["histogram", "summary"].includes(type)
    ? ["", "_bucket", "_sum", "_count"]
    : [""];
  return suffixes.some((suffix) => sample === `${name}${suffix}`);
}

function checkFamily(name: string, { type, help, samples }: Family): void {
  assert.ok(["counter", "gauge", "histogram", "summary"].includes(type), `${name} is ${type}`);
  assert.notEqual(help, "", `${name} says what it is`);
  if (type === "counter") {
    assert.match(name, /_total$/);
    for (const { value } of samples) assert.ok(value >= 0);
  }
  if (type !== "histogram") return;
  const plain = (labels: Record<string, string>) => JSON.stringify({ ...labels, le: undefined });
  for (const [labels, buckets] of Map.groupBy(
    samples.filter((sample) => sample.name === `${name}_bucket`),
    (sample) => plain(sample.labels),
  )) {
    const values = buckets.map(({ value }) => value);
    assert.deepEqual(
      values,
      values.toSorted((a, b) => a - b),
      `${name} is cumulative`,
    );
    assert.equal(buckets.at(-1)?.labels.le, "+Inf");
    const count = samples.find(
      (one) => one.name === `${name}_count` && plain(one.labels) === labels,
    );
    assert.equal(count?.value, values.at(-1), `${name} closes`);
  }
}
