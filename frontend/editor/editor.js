// YASQE in place of the text box: colours, brackets, completion from this graph's vocabulary.
import Yasqe from "@zazuko/yasqe";
import "@zazuko/yasqe/build/yasqe.min.css";
import "./editor.css";
import { completeWhileTyping, registerCompleters } from "./completion.js";

// What stands for the namespace of a prefix that the query does not declare.
const UNDECLARED = "";

/** The grammar of YASQE, in which some prefixes need no declaration; completion still adds one. */
function grammarWith(names) {
  Yasqe.defineMode("sparql", (config) => {
    const grammar = Yasqe.getMode(config, "sparql11");
    const token = (stream, state) => {
      for (const name of names) state.prefixes[name] ??= UNDECLARED;
      const style = grammar.token(stream, state);
      for (const name of names) {
        if (state.prefixes[name] === UNDECLARED) delete state.prefixes[name];
      }
      return style;
    };
    return { ...grammar, token };
  });
  return "sparql";
}

/** Return an editor in place of the form's text box; `run` is called for Ctrl-Enter. */
export function makeEditor(form, run) {
  const box = form.elements.query;
  const label = form.querySelector(`label[for=${box.id}]`);
  const host = document.createElement("div");
  host.className = "editor";
  box.after(host);
  const leave = () => form.elements.format.focus();
  const editor = new Yasqe(host, {
    value: box.value.trimEnd(),
    mode: grammarWith(form.dataset.prefixes.split(" ")),
    autocompleters: registerCompleters(Yasqe, form.dataset.vocabulary),
    screenReaderLabel: label.textContent,
    tabSize: 2,
    indentUnit: 2,
    editorHeight: "auto",
    resizeable: false,
    showQueryButton: false,
    // The address of the page is the link, and what was typed stays on this page alone.
    createShareableLink: null,
    consumeShareLink: null,
    persistenceId: null,
    extraKeys: {
      "Ctrl-Enter": run,
      "Cmd-Enter": run,
      "Ctrl-S": false,
      "Shift-Ctrl-F": false,
      // Tab moves on, as everywhere on the page: an editor is no trap for the keyboard.
      Tab: false,
      "Shift-Tab": false,
      Esc: leave,
    },
  });
  editor.save = () => {
    box.value = editor.getValue();
  };
  editor.on("change", editor.save);
  completeWhileTyping(editor);
  editor.on("autocompletionShown", (_editor, { hints }) => {
    hints.setAttribute("aria-label", form.dataset.completions);
    // A list that scrolls is one that a keyboard can reach (WCAG 2.1.1).
    hints.tabIndex = 0;
  });
  label.addEventListener("click", () => editor.focus());
  box.hidden = true;
  // The browser cannot tell a person about a field that is not shown; the form does.
  box.required = false;
  return editor;
}
