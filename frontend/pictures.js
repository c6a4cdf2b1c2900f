// Maps and networks: the drawing of the page can be zoomed, moved and asked; filters work in place.

import { Drawing } from "./pictures/drawing.js";
import { live } from "./pictures/live.js";

const enhance = () => {
  for (const figure of document.querySelectorAll("figure[data-figure]")) new Drawing(figure);
};
enhance();
for (const form of document.querySelectorAll("form[data-live]")) live(form, enhance);
