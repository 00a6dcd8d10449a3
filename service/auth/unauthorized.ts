import { RequestProblem, type Refused } from "../http/problem.ts";

/** @param refused - Whose token it was, when it was somebody's once. */
export function unauthorized(detail: string, refused?: Refused): RequestProblem {
  return new RequestProblem("unauthorized", detail, {
    headers: { "www-authenticate": 'Bearer realm="causeway"' },
    ...(refused === undefined ? {} : { refused }),
  });
}
