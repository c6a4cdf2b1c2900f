// Tables of answers: a column is sorted by the button in its heading.
import { sortable } from "./tables/sortable.js";

for (const table of document.querySelectorAll("table.sortable")) sortable(table);
