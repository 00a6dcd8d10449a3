import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { chmod, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { post, until } from "../../service/harness.ts";
import { platform } from "./service.ts";

const run = promisify(execFile);
const cli = join(import.meta.dirname, "../../../../cli");

/** What each shell puts at the end of a line of these words; the last of them is the one that is being written. */
type Complete = (
  words: readonly string[],
  env: Record<string, string>,
  cwd?: string,
) => Promise<string[]>;

const lines = (text: string): string[] => text.split("\n").filter((line) => line !== "");

/** As readline calls it: with the words in COMP_WORDS. */
const bash: Complete = async (words, env, cwd) => {
  const script = `source <(causeway completion bash)
complete -p causeway >/dev/null || exit 9
COMP_WORDS=("$@"); COMP_CWORD=$(( $# - 1 ))
_causeway || exit 8
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout } = await run("bash", ["--norc", "-c", script, "bash", ...words], { env, cwd });
  return lines(stdout);
};

/** As somebody at a keyboard: the words and a tab are typed into a zsh at a terminal of its own, then the line is read. */
const zsh: Complete = async (words, env, cwd) => {
  const script = `zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell 'PS1=; unsetopt zle_bracketed_paste; autoload -Uz compinit; compinit -D -u; source <(causeway completion zsh)'
zpty -w shell 'show() { print -r -- "LI""NE<$BUFFER>"; BUFFER=; zle accept-line }; zle -N show; bindkey "^T" show; print REA""DY'
zpty -r -m shell text '*READY*' || exit 9
zpty -w -n shell "$1"$'\\t'
zpty -w -n shell $'\\x14'
zpty -r -m shell text '*LINE<*>*' || exit 8
print -r -- "$text"
zpty -d shell`;
  const { stdout } = await run("zsh", ["-f", "-c", script, "zsh", words.join(" ")], {
    env: { ...env, TERM: "dumb" },
    cwd,
    timeout: 20_000,
  });
  const line = /LINE<([^>]*)>/.exec(stdout)?.[1]?.trimEnd() ?? "";
  return [line.split(" ").at(-1) ?? ""];
};

/** As fish itself looks it up. */
const fish: Complete = async (words, env, cwd) => {
  const script = "causeway completion fish | source; complete -C (string join ' ' -- $argv)";
  const { stdout } = await run("fish", ["--no-config", "-c", script, "--", ...words], { env, cwd });
  return lines(stdout).map((line) => line.split("\t")[0] ?? "");
};

const shells = { bash, zsh, fish };

describe("completion", function () {
  this.timeout(120_000);
  let world: Awaited<ReturnType<typeof platform>>;
  let env: Record<string, string>;

  before(async () => {
    world = await platform();
    await until(world.url, (await post(world.url, "exports", "in/")).id);
    env = {
      PATH: `${cli}:/usr/bin:/bin`,
      HOME: world.home.folder,
      CAUSEWAY_URL: world.url,
      CAUSEWAY_TENANT: "acme",
      NO_PROXY: "127.0.0.1",
    };
  });
  after(async () => world.close());

  for (const [name, complete] of Object.entries(shells)) {
    describe(`in ${name}`, () => {
      before(function () {
        if (spawnSync(name, ["-c", "exit 0"]).status !== 0) this.skip();
      });

      it("knows commands, their options and what an option takes", async () => {
        assert.deepEqual(await complete(["causeway", "canc"], env), ["cancel"]);
        assert.deepEqual(await complete(["causeway", "completion", "z"], env), ["zsh"]);
        assert.deepEqual(await complete(["causeway", "copy", "--trust", "chec"], env), [
          "checksum",
        ]);
        assert.deepEqual(await complete(["causeway", "copy", "--trus"], env), ["--trust"]);
      });

      it("knows the pipelines that the service knows", async () => {
        assert.deepEqual(await complete(["causeway", "get", "exp"], env), ["exports"]);
        assert.deepEqual(await complete(["causeway", "get", "acme/e"], env), ["acme/exports"]);
      });

      it("does not run what a word holds", async () => {
        const folder = await mkdtemp(join(tmpdir(), "causeway-completion-"));
        try {
          const words = "x$(touch\\${IFS}ran)`touch\\${IFS}ran`\\tmeans";
          const script = await run(join(cli, "causeway"), ["completion", name], { env });
          await writeFile(join(folder, "script"), script.stdout);
          const answer = `#!/bin/sh
case $1 in completion) cat ${folder}/script ;; *) printf '${words}\\n' ;; esac\n`;
          await writeFile(join(folder, "causeway"), answer);
          await chmod(join(folder, "causeway"), 0o755);
          const other = { ...env, PATH: `${folder}:/usr/bin:/bin`, HOME: folder };
          const found = await complete(["causeway", "x"], other, folder).catch(() => ["x"]);
          assert.ok(found[0]?.startsWith("x"), String(found));
          assert.ok(!(await readdir(folder)).includes("ran"));
        } finally {
          await rm(folder, { recursive: true, force: true });
        }
      });
    });
  }

  describe("in bash", () => {
    it("lists all that may stand there, and is silent without a service", async () => {
      const commands = await bash(["causeway", ""], env);
      for (const one of ["apply", "approve", "get", "login", "logs", "preview"]) {
        assert.ok(commands.includes(one), one);
      }
      assert.ok(!commands.some((one) => one.startsWith("__")));
      const away = { ...env, CAUSEWAY_URL: "http://127.0.0.1:1" };
      assert.deepEqual(await bash(["causeway", "get", "exp"], away), []);
    });
  });
});
