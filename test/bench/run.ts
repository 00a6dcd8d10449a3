import { execFileSync } from "node:child_process";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { CASES } from "./cases/all.ts";
import { freshTarget, once, type Case, type Contender, type Sample } from "./cases/case.ts";
import type { ceiling } from "./ceiling.ts";
import { azcopySettings } from "./peers/azcopy.ts";
import { rcloneSettings } from "./peers/rclone.ts";
import { runAt } from "./priority.ts";
import { section, update } from "./report.ts";
import { Rig } from "./rig.ts";

/*
 * npm run bench [-- case ... | ceiling] [--runs 5] [--only causeway,rclone] [--out FILE]: the copy engine beside the tools people use today. Without a case the whole
 * table, unattended; where the peers are compared with a million keys, on their defaults too, it is theirs that takes the time: a good hour in all.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: "string", default: "5" },
    /** Contenders whose name begins with one of these. */
    only: { type: "string" },
    /** Of the stubs and the tools, where others use the machine too: -20 to 19; below 0 as root only. */
    nice: { type: "string", default: "0" },
    out: { type: "string", default: fileURLToPath(new URL("RESULTS.md", import.meta.url)) },
  },
});
const names = ["ceiling", ...CASES.map(({ name }) => name)];
const WORKS = ["small", "far", "large", "wide", "compare"] as const;
const unknown = positionals.filter((name) => !names.includes(name));
if (unknown.length > 0) {
  console.error(`No case ${unknown.join(", ")}; there are ${names.join(", ")}.`);
  process.exit(2);
}
const wanted = (name: string) => positionals.length === 0 || positionals.includes(name);
const began = performance.now();
// The core of the stubs: the tool has the other for itself.
if (cpus().length > 1)
  execFileSync("taskset", ["-cp", "0", String(process.pid)], { stdio: "ignore" });

const checked = new Map<string, boolean>();
runAt(Number(values.nice));
// An exit ends the stubs and the tool as well.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));
const versions = new Map<string, string>();
const sections = new Map<string, string>();
if (wanted("ceiling")) await inRig(measureCeiling);
for (const each of CASES.filter(({ name }) => wanted(name))) {
  await inRig((rig) => measureCase(each, rig));
  await update(values.out, preface(), sections, names);
}
await update(values.out, preface(), sections, names);
const minutes = (performance.now() - began) / 60_000;
console.log(`Written to ${values.out} after ${minutes.toFixed(0)} minutes.`);

/** What gives this section again, on any machine: where the report goes and at which priority things run is nobody else's matter. */
function commandOf(name: string): string {
  const { runs, only } = values;
  const options = [
    ...(runs === "5" ? [] : [`--runs ${runs}`]),
    ...(only === undefined ? [] : [`--only "${only}"`]),
  ];
  return ["npm run bench --", name, ...options].join(" ");
}

async function inRig(work: (rig: Rig) => void | Promise<void>): Promise<void> {
  const rig = await Rig.start();
  try {
    await work(rig);
  } finally {
    await rig.stop();
  }
}

function measureCeiling(rig: Rig): void {
  const client = fileURLToPath(new URL("ceiling-main.ts", import.meta.url));
  const pinned = cpus().length > 1 ? ["taskset", "-c", "1"] : [];
  const args = [...pinned, process.execPath, client, JSON.stringify(rig.ports)];
  const rows = JSON.parse(execFileSync("env", args).toString()) as Awaited<
    ReturnType<typeof ceiling>
  >;
  const text = [
    "What the stubs themselves answer, to a client that does next to nothing.",
    "",
    "| request | rate |",
    "| --- | --- |",
    ...rows.map(([name, rate]) => `| ${name} | ${rate} |`),
  ].join("\n");
  console.log(`\n## ceiling\n${text}`);
  sections.set("ceiling", text);
}

async function measureCase(each: Case, rig: Rig): Promise<void> {
  console.log(`\n## ${each.name}: ${each.title}`);
  const contenders = each.contenders.filter(available);
  if (contenders.length === 0) return;
  await each.prepare(rig);
  const results = new Map<string, Sample[]>(contenders.map(({ tool }) => [tool.name, []]));
  for (let round = 0; round < Number(values.runs); round += 1) {
    for (const contender of contenders) {
      if (round >= (contender.runs ?? Infinity)) continue;
      const sample = await oneRun(each, rig, contender);
      results.get(contender.tool.name)?.push(sample);
      tell(each, contender, sample);
    }
  }
  const shown = new Set(contenders.map(({ tool }) => tool.name.split(" ")[0] ?? ""));
  const tools = [...shown].map((name) => `${name} ${versions.get(name) ?? ""}`).join(", ");
  const text = section(each, results, `${tools}. \`${commandOf(each.name)}\``);
  console.log(text);
  sections.set(each.name, text);
}

async function oneRun(each: Case, rig: Rig, contender: Contender): Promise<Sample> {
  for (const side of ["s3", "blob"] as const) {
    await rig.control.order("conditions", { side, calm: true });
  }
  const job = contender.job ?? each.job;
  await freshTarget(rig, job, each.keepsTarget ?? false);
  await each.before?.(rig);
  return each.run === undefined ? once(rig, contender, job) : each.run(rig, contender);
}

/** Each run as it ends: a benchmark that takes an hour should not be silent. */
function tell(each: Case, { tool }: Contender, sample: Sample): void {
  const texts = each.columns.map(([title, text]) => `${title} ${text([sample])}`);
  console.log(`${tool.name}: ${texts.join(" · ")}`);
  if (sample.code !== 0) console.log(`  exit code ${sample.code}: ${sample.output.slice(-600)}`);
}

function available({ tool }: Contender): boolean {
  const { only } = values;
  if (only?.split(",").some((start) => tool.name.startsWith(start)) === false) return false;
  const known = checked.get(tool.name);
  if (known !== undefined) return known;
  const state = tool.prepare();
  const ready = "version" in state;
  checked.set(tool.name, ready);
  if (ready) versions.set(tool.name.split(" ")[0] ?? "", state.version);
  else console.log(`${tool.name} is left out: ${state.unavailable}`);
  return ready;
}

function preface(): string {
  return `# Benchmarks

Written by \`npm run bench\`; a case that is run anew replaces its section. Stub clouds in memory on core 0, the tool on core 1, runs interleaved, medians;
CPU is user and system of the tool's whole process tree, RSS the peak of the tree; requests and bytes as the stubs counted them; after each run the target
is compared with the source byte for byte. \`others' load\`: cores that other programs on the machine used meanwhile; figures with much of it are worth little.

- Machine: ${cpus().length} cores, ${cpus()[0]?.model ?? ""}; Node ${process.version}
${WORKS.map((work) => `- rclone tuned, ${work}: \`${rcloneSettings(work)}\``).join("\n")}
- AzCopy tuned: \`${azcopySettings()}\``;
}
