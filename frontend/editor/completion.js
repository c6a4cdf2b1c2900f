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

/** Tell whether the cursor stands after a sign that ends a statement: what follows is no class. */
function beginsAnew(editor) {
  const { line } = editor.getDoc().getCursor();
  const { string } = editor.getPreviousNonWsToken(line, editor.getCompleteToken());
  return [";", ".", "{", "}"].includes(string);
}

/** Return the token to complete: YASQE's, or a whole word of a label, which is many to SPARQL. */
function wordOr(token, editor) {
  const { line, ch } = editor.getDoc().getCursor();
  const [word] = editor
    .getLine(line)
    .slice(0, ch)
    .match(/[^\s<>{}()[\];,."'?$]*$/);
  if (!/\P{ASCII}/u.test(word)) return token;
  return {
    ...token,
    string: word,
    autocompletionString: word,
    from: { ch: ch - word.length },
    to: { ch },
  };
}

/** Return a prefixed name for an IRI where one of the prefixes fits, as the query may write it. */
function shortened(iri, prefixes) {
  for (const [prefix, namespace] of Object.entries(prefixes)) {
    const local = iri.slice(namespace.length);
    if (iri.startsWith(namespace) && /^\w[\w-]*$/.test(local)) return `${prefix}:${local}`;
  }
  return `<${iri}>`;
}

/** Offer completions as letters are typed, and at no other move of the cursor. */
export function completeWhileTyping(editor) {
  // YASQE would tell, in English, of a key that the page tells of already.
  editor.showNotification = () => {};
  editor.on("inputRead", (_codeMirror, { origin, text }) => {
    const isTyped = origin === "+input" && /[\p{L}\p{N}:]$/u.test(text.at(-1));
    if (isTyped && !editor.state.completionActive) editor.autocomplete();
  });
}

/** Return what YASQE's completer of a kind of term, `class` or `property`, shall do otherwise. */
function termCompleter(kind, { preProcessToken, isValidCompletionPosition }, vocabulary) {
  let prefixes = {};
  let terms = [];
  return {
    isValidCompletionPosition: (editor) =>
      isValidCompletionPosition(editor) && (kind === "property" || !beginsAnew(editor)),
    preProcessToken: (editor, token) => wordOr(preProcessToken(editor, token), editor),
    get: async (_editor, token) => {
      const { prefixes: declared, [kind]: known } = await vocabulary();
      prefixes = declared;
      terms = known.filter((term) => isMeant(term, token?.autocompletionString ?? ""));
      return terms.map(({ iri }) => iri);
    },
    postProcessSuggestion: (_editor, _token, iri) => shortened(iri, prefixes),
    // The hints are in the order of the terms.
    postprocessHints: (_editor, hints) =>
      hints.map((hint, place) => ({
        ...hint,
        displayText: `${hint.text}  ${terms[place].label}`.trim(),
      })),
  };
}

/** Register completers of the vocabulary at an address, and return their names. */
export function registerCompleters(Yasqe, address) {
  const vocabulary = once(address);
  const ours = {
    variables: {},
    prefixes: {
      get: async () =>
        Object.entries((await vocabulary()).prefixes).map(([name, iri]) => `${name}: <${iri}>`),
    },
    class: termCompleter("class", Yasqe.Autocompleters.class, vocabulary),
    property: termCompleter("property", Yasqe.Autocompleters.property, vocabulary),
  };
  return Object.entries(ours).map(([kind, changes]) => {
    const name = `enishi-${kind}`;
    const completer = { ...changes, name, autoShow: false, persistenceId: null };
    Yasqe.forkAutocompleter(kind, completer, false);
    return name;
  });
}
