// Formatting is worth nothing if it changes what is asked: its result is read again and compared.
import { spfmt } from "sparql-formatter";

/** Return what a query asks, without where each thing stands and what is said beside it. */
function meaning(query) {
  const { comments, ...rest } = spfmt.parseSparql(query);
  return JSON.stringify(rest, (key, value) => (key === "location" ? undefined : value));
}

/** Return a query formatted. Throws for one that cannot be read, or would not stay the same. */
export function formatted(query) {
  const result = spfmt.format(query).trim();
  if (meaning(result) !== meaning(query)) throw new Error("found another query after formatting");
  return result;
}
