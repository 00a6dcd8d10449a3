import type { Comment, GitHub } from "./github.ts";
import { marker } from "./render/comment.ts";

/** Our comment of a pull request. One of somebody else with the same marker is theirs: it is neither believed nor touched. */
export async function ourComments(github: GitHub, pull: number): Promise<Comment[]> {
  const self = await github.self();
  const all = await github.comments(pull);
  return all
    .filter(({ author, body }) => author === self && body.startsWith(marker))
    .sort((a, b) => a.id - b.id);
}

const mostRounds = 5;

/**
 * Writes the one comment. GitHub has no way to say "only if there is none", so two jobs may both make one: each looks again after it wrote, the
 * oldest stays and gets the text, the others go.
 * @param create - Whether to make one where there is none.
 */
export async function writeSticky(
  github: GitHub,
  pull: number,
  body: string,
  create: boolean,
): Promise<void> {
  for (let round = 0; round < mostRounds; round += 1) {
    const [oldest, ...others] = await ourComments(github, pull);
    if (oldest === undefined) {
      if (!create) return;
      await github.createComment(pull, body);
      continue;
    }
    for (const { id } of others) await github.deleteComment(id);
    if (oldest.body === body && others.length === 0) return;
    // Gone meanwhile: somebody deleted it, so look again.
    if (await github.updateComment(oldest.id, body)) {
      if (others.length === 0) return;
    }
  }
}
