// What is completed: prefixes, classes and properties that this graph has, with their labels.

/** Return what fetches the vocabulary once, when it is first needed. */
function once(address) {
  let promise;
  return () => {
    promise ??= fetch(address).then((response) => {
      if (!response.ok) throw new Error(`${response.status}: found no vocabulary`);
      return response.json();
    });
    return promise;
  };
}

/** Tell whether a term is meant by what was typed: the start of its IRI, or part of its names. */
function isMeant(term, typed) {
  if (typed.includes(":")) return term.iri.startsWith(typed);
  const name = `${term.iri.slice(Math.max(term.iri.lastIndexOf("#"), term.iri.lastIndexOf("/")) + 1)} ${term.label}`;
  return name.toLowerCase().includes(typed.toLowerCase());
}

/** Return a prefixed name for an IRI where one of the prefixes fits, as the query may write it. */
function shortened(iri, prefixes) {
  for (const [prefix, namespace] of Object.entries(prefixes)) {
    const local = iri.slice(namespace.length);
    if (iri.startsWith(namespace) && /^\w[\w-]*$/.test(local)) return `${prefix}:${local}`;
  }
  return `<${iri}>`;
}

/** Register completers of the vocabulary at an address, and return their names. */
export function registerCompleters(Yasqe, address) {
  const vocabulary = once(address);
  let known = { prefixes: {}, class: [], property: [] };
  const read = async () => (known = await vocabulary());

  for (const kind of ["class", "property"]) {
    Yasqe.forkAutocompleter(kind, {
      name: `enishi-${kind}`,
      autoShow: true,
      persistenceId: null,
      get: async (_editor, token) => {
        const typed = token?.autocompletionString ?? "";
        const terms = (await read())[kind];
        return terms.filter((term) => isMeant(term, typed)).map((term) => term.iri);
      },
      postProcessSuggestion: (_editor, _token, iri) => shortened(iri, known.prefixes),
      postprocessHints: (_editor, hints) =>
        hints.map((hint) => {
          const term = known[kind].find(({ iri }) => shortened(iri, known.prefixes) === hint.text);
          return term?.label ? { ...hint, displayText: `${hint.text}  ${term.label}` } : hint;
        }),
    }, false);
  }
  Yasqe.forkAutocompleter("prefixes", {
    name: "enishi-prefixes",
    persistenceId: null,
    get: async () =>
      Object.entries((await read()).prefixes).map(([prefix, iri]) => `${prefix}: <${iri}>`),
  }, false);
  return ["enishi-prefixes", "enishi-class", "enishi-property"];
}
