// YASQE in place of the text box: colours, brackets, completion from this graph's vocabulary.
import Yasqe from "@zazuko/yasqe";
import "@zazuko/yasqe/build/yasqe.min.css";
import "./editor.css";
import { registerCompleters } from "./completion.js";

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
    autocompleters: ["variables", ...registerCompleters(Yasqe, form.dataset.vocabulary)],
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
  label.addEventListener("click", () => editor.focus());
  box.hidden = true;
  return editor;
}
