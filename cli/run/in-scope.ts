import {
  inScope,
  sizeInScope,
  timeInScope,
  type InScope,
  type Scope,
} from "../../runtime/decide/filter.ts";
import type { ListedObject } from "../../runtime/stores/contract.ts";

/** Whether a filter takes an object, as far as a listing shows it. */
export function listedInScope({ key, size, modified }: ListedObject, scope: Scope): InScope {
  const byKey = inScope(key, scope);
  if (!byKey.in) return byKey;
  const bySize = sizeInScope(size, scope);
  return bySize.in ? timeInScope(modified, scope) : bySize;
}
