import { verdictOf, verdictOn, type PullReport } from "../report.ts";
import { sumsOf } from "./comment.ts";

const most = 140;

/** The line beside the commit; GitHub takes 140 characters. Only our own words and numbers. */
export function statusWords(report: PullReport): string {
  const { entries, program } = report;
  if (entries.length === 0) {
    return program === undefined ? "no pipeline changes" : "the program changes, no spec does";
  }
  const wrong = entries.filter(({ outcome }) => verdictOn(outcome) === "failure").length;
  const unknown = entries.filter(({ outcome }) => verdictOn(outcome) === "error").length;
  const verdict = verdictOf(report);
  if (verdict === "failure") return `${wrong} of ${entries.length} pipelines cannot be applied`;
  if (verdict === "error" && unknown > 0) {
    return `${unknown} of ${entries.length} pipelines could not be previewed`;
  }
  const gone = entries.filter(({ outcome }) => outcome.kind === "deletion").length;
  const { replace, delete: deleted, update, create } = sumsOf(entries);
  const counts = `${replace} replace, ${deleted} delete, ${update} update, ${create} create`;
  const words = `${entries.length} pipelines${gone > 0 ? `, ${gone} of them deleted` : ""}: ${counts}`;
  return words.slice(0, most);
}
