import type { Goal, Sample } from "./case.ts";
import { cpu, lost, memory, objectsPerSecond, torn, wall } from "./figures.ts";

/** What is measured, and how it is called. */
export interface Figure {
  readonly figure: string;
  readonly measure: (samples: readonly Sample[]) => number;
}

export const RATE: Figure = { figure: "objects/s", measure: objectsPerSecond };
export const CPU_TIME: Figure = { figure: "CPU", measure: cpu };
export const PEAK: Figure = { figure: "peak RSS", measure: memory };
export const PEAK_MB: Figure = { figure: "peak RSS MB", measure: memory };
export const TIME: Figure = { figure: "wall", measure: wall };
export const TORN: Figure = { figure: "torn", measure: torn };
export const LOST: Figure = { figure: "objects lost", measure: lost };

/** @param against the peer that `factor` is a multiple of; without it, `factor` is the figure itself */
export function atLeast(of: string, factor: number, figure: Figure, against?: string): Goal {
  return goal(of, "at least", factor, figure, against);
}

export function atMost(of: string, factor: number, figure: Figure, against?: string): Goal {
  return goal(of, "at most", factor, figure, against);
}

function goal(
  of: string,
  relation: Goal["relation"],
  factor: number,
  { figure, measure }: Figure,
  against: string | undefined,
): Goal {
  return { of, relation, factor, figure, measure, ...(against === undefined ? {} : { against }) };
}
