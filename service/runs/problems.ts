/** Trouble that is the pipeline's rather than an object's, as its workers reported it, grouped by class and action. */
export interface Problem {
  class: string;
  action: string | null;
  resource: string | null;
  message: string;
  count: number;
  firstAt: string;
  lastAt: string;
}

/** Adds what a worker's log said to the groups, largest first; keeps the newest words of each group. */
export function withProblem(
  problems: readonly Problem[],
  seen: Omit<Problem, "count" | "firstAt" | "lastAt"> & { at: string },
): Problem[] {
  const { at, ...said } = seen;
  const same = problems.find(
    (problem) => problem.class === said.class && problem.action === said.action,
  );
  const others = problems.filter((problem) => problem !== same);
  const group: Problem =
    same === undefined
      ? { ...said, count: 1, firstAt: at, lastAt: at }
      : {
          ...(at >= same.lastAt ? { ...same, ...said } : same),
          count: same.count + 1,
          firstAt: at < same.firstAt ? at : same.firstAt,
          lastAt: at > same.lastAt ? at : same.lastAt,
        };
  return [...others, group].sort((a, b) => b.count - a.count).slice(0, 100);
}
