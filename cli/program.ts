import { Command, CommanderError } from "commander";
import { Exit } from "./exit.ts";
import type { RawOptions } from "./options.ts";
import { addPlatform, type RunPlatform } from "./platform/program.ts";

/** What the commands do; each gets what the command line says and gives an exit code. */
export interface Actions {
  copy(source: string, target: string, raw: RawOptions): Promise<Exit>;
  compare(source: string, target: string, raw: RawOptions): Promise<Exit>;
  ledger(question: LedgerQuestion, argument: string | undefined, raw: RawOptions): Promise<Exit>;
  platform: RunPlatform;
}

export type LedgerQuestion = "runs" | "totals" | "list" | "why" | "arrived";

export interface Streams {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

const EXAMPLES = `
Examples:
  causeway copy s3://exports/2026/ azure://landing/2026/
  causeway copy s3://exports/2026/ "https://acme.blob.core.windows.net/landing?sv=...&sig=..." --mirror --max-delete 5%
  causeway copy s3://exports/day.csv azure://landing/day.csv --by url
  causeway copy s3://exports s3://archive --source-endpoint https://oss-eu-central-1.aliyuncs.com --source-profile oss
  causeway compare s3://exports/2026/ azure://landing/2026/ --list
  causeway ledger arrived 2026/11/ --as-of 2026-11-21
  causeway preview -f pipelines/acme/exports.yaml
  causeway apply -f pipelines/acme/exports.yaml --wait

Addresses, environment variables and exit codes: docs/cli.md`;

/** The tree of commands. */
export function makeProgram(actions: Actions, settle: (code: Exit) => void): Command {
  const program = new Command("causeway")
    .description(
      "Moves objects between object stores and accounts for each of them; makes and watches pipelines that do.",
    )
    .helpOption("-h, --help", "show this")
    .addHelpText("after", EXAMPLES);
  addCopy(program, actions, settle);
  addCompare(program, actions, settle);
  addLedger(program, actions, settle);
  addPlatform(program, actions.platform, settle);
  return program;
}

/** Parses the arguments and runs what they ask for. */
export async function runProgram(
  argv: readonly string[],
  actions: Actions,
  streams: Streams,
): Promise<Exit> {
  let exit: Exit = Exit.done;
  const program = makeProgram(actions, (code) => {
    exit = code;
  });
  for (const command of [program, ...program.commands]) {
    command
      .exitOverride()
      .configureOutput({ writeOut: streams.out, writeErr: streams.err })
      .showHelpAfterError("(causeway --help shows what there is)")
      .showSuggestionAfterError(true);
  }
  try {
    await program.parseAsync(argv, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? Exit.done : Exit.usage;
  }
  return exit;
}

function addCopy(program: Command, actions: Actions, settle: (code: Exit) => void): void {
  const command = program
    .command("copy")
    .description(
      "Copies what the target lacks or holds otherwise. The same command again goes on where it was.",
    )
    .argument(
      "<source>",
      "s3://BUCKET/PREFIX; one object, a folder, or PREFIX* for all that begin so",
    )
    .argument(
      "<target>",
      "azure://CONTAINER/PREFIX, s3://BUCKET/PREFIX, or an https:// address with a SAS",
    )
    .option("-n, --dry-run", "show what would be copied and deleted, change nothing")
    .option(
      "--mirror",
      "delete at the target what this command wrote there and the source has no more",
    )
    .option(
      "--max-delete <cap>",
      "with --mirror: past so many deletions (100, 5%) delete nothing and say so",
    )
    .option(
      "--by <way>",
      "how bytes travel: auto, url (the target reads them itself), stream",
      "auto",
    )
    .option("--watch [duration]", "again so long after each pass (default 1m), until interrupted")
    .option("--watch-queue <url>", "copy by the events in this SQS queue, until interrupted")
    .option(
      "--rate <rate>",
      'bytes per second: "50MB/s", "22:00-06:00=unlimited, 06:00-22:00=50MB/s"',
    )
    .option("--rate-zone <zone>", "time zone of the rate's windows (default: this machine's)")
    .option("--budget <dollars>", "stop before requests and traffic have cost more, at list prices")
    .option(
      "--restore <days>",
      "ask for archived objects to be readable for so many days; the next pass copies them",
    )
    .option("--tags", "copy the objects' tags as well")
    .option(
      "--tier <tier>",
      "access tier or storage class at the target: map (by the source's), default, or its name",
      "map",
    )
    .option("--run-id <id>", "the run's name in the ledger (default: made from the time)")
    .option(
      "--ledger <place>",
      "where the ledger goes: a folder, or s3://BUCKET/PREFIX (default: below ~/.local/state/causeway)",
    );
  addCommon(command).action(async (source: string, target: string, raw: RawOptions) =>
    settle(await actions.copy(source, target, raw)),
  );
}

function addCompare(program: Command, actions: Actions, settle: (code: Exit) => void): void {
  const command = program
    .command("compare")
    .description(
      "Compares both sides by their listings, without changing anything. Exit code 1: they differ.",
    )
    .argument("<source>", "as for copy")
    .argument("<target>", "as for copy")
    .option("--list", "name each difference");
  addCommon(command).action(async (source: string, target: string, raw: RawOptions) =>
    settle(await actions.compare(source, target, raw)),
  );
}

function addLedger(program: Command, actions: Actions, settle: (code: Exit) => void): void {
  const ledger = program
    .command("ledger")
    .description("Answers from the record of each object's terminal state.")
    .helpOption("-h, --help", "show this");
  const questions: readonly (readonly [LedgerQuestion, string | undefined, string])[] = [
    ["runs", undefined, "the runs there are, the latest first"],
    ["totals", undefined, "the totals of a run, and whether its books close"],
    ["list", "[prefix]", "the keys of a run and their states"],
    ["why", "<key>", "all that is recorded about one key"],
    ["arrived", "[prefix]", "whether everything below a prefix has arrived; exit code 1: not all"],
  ];
  for (const [question, argument, description] of questions) {
    const command = ledger.command(question).description(description);
    if (argument !== undefined) command.argument(argument);
    command
      .option("--run <id>", "this run (default: the latest)")
      .option(
        "--ledger <place>",
        "a folder, or s3://BUCKET/PREFIX (default: below ~/.local/state/causeway)",
      )
      .option("--state <state>", "only keys in this state")
      .option("--as-of <moment>", "as it was known then: 7d, 2026-11-21, 2026-11-21T08:00:00Z")
      .option("--region <region>", "of the ledger's bucket")
      .option("--json", "JSON lines")
      .exitOverride()
      .action(async (...given: unknown[]) => {
        const key = argument === undefined ? undefined : (given[0] as string | undefined);
        settle(await actions.ledger(question, key, command.opts()));
      });
  }
}

function addCommon(command: Command): Command {
  return command
    .option(
      "--include <glob...>",
      "only keys that match one of these; * and ? stop at a slash, ** does not",
    )
    .option("--exclude <glob...>", "no key that matches one of these")
    .option("--min-size <size>", "no smaller object")
    .option("--max-size <size>", "no larger object")
    .option("--newer-than <moment>", "modified since: 7d, 2026-11-21, 2026-11-21T08:00:00Z")
    .option("--older-than <moment>", "modified before")
    .option(
      "--trust <what>",
      "when sides without a common checksum count as equal: checksum (never), size-and-time",
      "checksum",
    )
    .option("--requester-pays", "pay for requests to the source's bucket")
    .option("--objects <count>", "so many objects in flight at most")
    .option("--memory <size>", "so much for the bytes in flight (default 192MiB)")
    .option(
      "--source-endpoint <url>",
      "the source's S3-compatible service (else AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL)",
    )
    .option("--source-region <region>", "else AWS_REGION")
    .option("--source-profile <profile>", "else AWS_PROFILE, or keys in the environment")
    .option("--target-endpoint <url>", "the target's, where it is S3")
    .option("--target-region <region>", "the target's")
    .option("--target-profile <profile>", "the target's")
    .option(
      "--addressing <style>",
      "how an S3-compatible service names buckets: auto, path, virtual",
    )
    .option("--json", "JSON lines, on a terminal too")
    .option("-q, --quiet", "only what went wrong")
    .option("--log-level <level>", "error, warn, info; debug: a line for each object", "info");
}
