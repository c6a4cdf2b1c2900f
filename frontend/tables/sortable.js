// A table whose columns are sorted by a button in their heading, as the ARIA practices have it.
const language = document.documentElement.lang;
const collator = new Intl.Collator(language, { numeric: true });

const textOf = (row, column) => row.cells[column].textContent.trim();

/** Return what orders two texts of a column: as numbers if all are, else as the language does. */
function ordering(texts) {
  const areNumbers = texts.every(
    (text) => text === "" || !Number.isNaN(Number(text.replaceAll(",", ""))),
  );
  if (!areNumbers) return collator.compare;
  return (a, b) => Number(a.replaceAll(",", "")) - Number(b.replaceAll(",", ""));
}

/** Return the rows in the order of a column; those without a value stay at the end either way. */
function sorted(rows, column, direction) {
  const compare = ordering(rows.map((row) => textOf(row, column)));
  const keyed = rows.map((row) => ({ row, text: textOf(row, column) }));
  keyed.sort((a, b) => {
    if (a.text === "" || b.text === "") return Number(a.text === "") - Number(b.text === "");
    return direction * compare(a.text, b.text);
  });
  return keyed.map(({ row }) => row);
}

/** Let each heading of a table sort it, up at first, then down. */
export function sortable(table) {
  const headings = [...table.tHead.rows[0].cells];
  headings.forEach((heading, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "sort";
    button.append(...heading.childNodes);
    heading.append(button);
    button.addEventListener("click", () => {
      const isUp = heading.ariaSort !== "ascending";
      for (const other of headings) other.removeAttribute("aria-sort");
      heading.setAttribute("aria-sort", isUp ? "ascending" : "descending");
      const [body] = table.tBodies;
      body.append(...sorted([...body.rows], column, isUp ? 1 : -1));
    });
  });
}
