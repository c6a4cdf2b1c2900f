// The form of a query with its editor: asks, stops, formats, and keeps the address what is shown.

import { sortable } from "../tables/sortable.js";
import { answerAt } from "./answer.js";
import { makeEditor } from "./editor.js";
import { markProblem } from "./problem.js";

/** Return the address at which the server shows the form's query and its answer as a page. */
function addressOf(form) {
  return `${form.action}?${new URLSearchParams(new FormData(form))}`;
}

/** Show an answer: its part of the page, its title, the place where its query is wrong. */
function show(answer, editor) {
  const place = document.getElementById("answer");
  place.replaceChildren(...answer.nodes);
  if (answer.title) {
    document.title = answer.title;
    document.querySelector("nav a[hreflang]").href = answer.otherLanguage;
  }
  for (const table of place.querySelectorAll("table.sortable")) sortable(table);
  markProblem(editor, place);
  if (place.getBoundingClientRect().top > innerHeight * 0.8) place.scrollIntoView();
}

/** Replace the text box of a form by an editor, and its reload by an answer in place. */
export function enhance(form) {
  const box = form.elements.query;
  const progress = form.querySelector("[role=status]");
  const stop = form.querySelector("[name=stop]");
  const reformat = form.querySelector("[name=reformat]");
  const editor = makeEditor(form, () => form.requestSubmit());
  let running = null;
  // What the page shows itself is said only to those who do not see it.
  const say = (text, isShown = true) => {
    progress.classList.toggle("unseen", !isShown);
    progress.textContent = text;
  };

  async function ask(address, isNew) {
    running?.abort();
    const controller = new AbortController();
    running = controller;
    stop.hidden = false;
    say(progress.dataset.busy);
    try {
      const answer = await answerAt(address, controller.signal);
      if (isNew) history.pushState(null, "", address);
      else if (answer.query) editor.setValue(answer.query);
      show(answer, editor);
      say(answer.summary, false);
    } catch (error) {
      if (running !== controller) return;
      say(progress.dataset[error.name === "AbortError" ? "stopped" : "failed"]);
    } finally {
      if (running === controller) {
        running = null;
        stop.hidden = true;
      }
    }
  }

  form.addEventListener("submit", (event) => {
    editor.save();
    const isEmpty = box.value.trim() === "";
    if (form.elements.format.value !== "html" && !isEmpty) return;
    event.preventDefault();
    if (isEmpty) say(progress.dataset.empty);
    else ask(addressOf(form), true);
  });
  window.addEventListener("popstate", () => ask(location.href, false));
  stop.addEventListener("click", () => running?.abort());
  reformat.addEventListener("click", async () => {
    const { formatted } = await import("./formatting.js");
    try {
      editor.setValue(formatted(editor.getValue()));
      say("");
    } catch {
      // What is wrong with a query the server says better, and in the reader's language.
      say(progress.dataset.unformatted);
    }
  });

  form.classList.add("enhanced");
  for (const extra of form.querySelectorAll(".extra")) extra.hidden = false;
  markProblem(editor, document);
}
