import type { Git } from "./git.ts";

/** A pipeline whose file a pull request touches. */
export interface ChangedSpec {
  readonly tenant: string;
  readonly pipeline: string;
  /** At the head; of a deleted one: where it was. */
  readonly file: string;
  readonly change: "added" | "changed" | "deleted";
  readonly renamed: string | undefined;
  /** Other files at the head that claim to be the same pipeline. */
  readonly rivals: readonly string[];
}

export interface Changes {
  readonly specs: readonly ChangedSpec[];
  /** Files of the program itself. */
  readonly program: readonly string[];
}

const SPEC = /^pipelines\/([^/]+)\/([^/]+)\.(?:ya?ml|json)$/;
const PROGRAM = /^(infra|runtime)\/|^(Pulumi\.yaml|package-lock\.json)$/;

/** What a pull request means for pipelines. A name is a pipeline: whichever file holds it at the head counts. */
export async function changesOf(git: Git, base: string, head: string): Promise<Changes> {
  const changed = await git.changed(base, head);
  const atHead = Map.groupBy(
    (await git.files(head, "pipelines/")).filter((file) => SPEC.test(file)),
    nameOf,
  );
  const names = new Map<string, { from: string | null; to: string | null; old: boolean }>();
  for (const { from, to } of changed) {
    if (to !== null && SPEC.test(to)) {
      const was = names.get(nameOf(to));
      const old =
        was?.old === true || (from !== null && SPEC.test(from) && nameOf(from) === nameOf(to));
      names.set(nameOf(to), { from, to, old });
    }
    if (from !== null && SPEC.test(from) && (to === null || nameOf(from) !== nameOrNone(to))) {
      const was = names.get(nameOf(from));
      names.set(nameOf(from), { from, to: was?.to ?? to, old: true });
    }
  }
  const specs = [...names].map(([name, { from, to, old }]) =>
    specOf(name, { from, to, old }, atHead.get(name) ?? []),
  );
  const program = changed
    .flatMap(({ from, to }) => [to ?? from ?? ""])
    .filter((file) => PROGRAM.test(file));
  return { specs, program };
}

function specOf(
  name: string,
  { from, to, old }: { from: string | null; to: string | null; old: boolean },
  there: readonly string[],
): ChangedSpec {
  const [tenant = "", pipeline = ""] = name.split("/");
  const [file, ...rivals] = there;
  if (file === undefined) {
    const renamed = to !== null && SPEC.test(to) ? to : undefined;
    return { tenant, pipeline, file: from ?? "", change: "deleted", renamed, rivals: [] };
  }
  const earlier = from !== null && SPEC.test(from) && nameOf(from) !== name ? from : undefined;
  return { tenant, pipeline, file, change: old ? "changed" : "added", renamed: earlier, rivals };
}

/** `TENANT/NAME` */
function nameOf(file: string): string {
  const [, tenant = "", pipeline = ""] = SPEC.exec(file) ?? [];
  return `${tenant}/${pipeline}`;
}

function nameOrNone(file: string): string | undefined {
  return SPEC.test(file) ? nameOf(file) : undefined;
}
