// Where a query is wrong: the server tells line and column, the editor marks them.

/** Mark the place that the problem in `place` tells, with the cursor; take old marks away. */
export function markProblem(editor, place) {
  for (const mark of editor.getAllMarks()) if (mark.className === "wrong") mark.clear();
  for (let line = 0; line < editor.lineCount(); line++) {
    editor.removeLineClass(line, "background", "wrong-line");
  }
  const problem = place.querySelector(".problem[data-line]");
  if (!problem) return;
  const line = Number(problem.dataset.line) - 1;
  // The server counts characters, the editor UTF-16 units.
  const before = [...(editor.getLine(line) ?? "")].slice(0, Number(problem.dataset.column) - 1);
  const start = { line, ch: before.join("").length };
  const word = editor.findWordAt(start);
  editor.addLineClass(line, "background", "wrong-line");
  editor.markText(
    start,
    { line, ch: Math.max(word.head.ch, start.ch + 1) },
    { className: "wrong" },
  );
  editor.setCursor(start);
}
