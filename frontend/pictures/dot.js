// A dot of a drawing: an agent, drawn in units of a thousandth of the drawing's width.
const WIDE = /[\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7ff\uf900-\ufaff\uff01-\uff60]/u;
const LETTER = 12;

/** Return how wide a text is in letters as wide as high. */
const letters = (text) => [...text].reduce((sum, mark) => sum + (WIDE.test(mark) ? 1 : 0.6), 0);

/** An agent of the drawing: where it is, how large, and its name. */
export class Dot {
  constructor(element, unit) {
    this.element = element;
    this.unit = unit;
    this.key = element.dataset.key;
    this.mark = element.querySelector(".mark");
    this.text = element.querySelector("text");
    const { e, f } = element.transform.baseVal.consolidate().matrix;
    [this.x, this.y] = [e, f];
    this.radius = this.mark.transform.baseVal.consolidate().matrix.a / unit;
    this.width = letters(this.text.textContent) * LETTER;
    this.title = element.querySelector("title").textContent;
    this.lines = [];
    this.scale = 1;
  }

  /** Draw the dot where it is: its name `letters` and its mark `marks` times as large as made. */
  draw(letters, marks) {
    this.scale = marks / letters;
    this.element.setAttribute("transform", `translate(${this.x} ${this.y}) scale(${letters})`);
    this.mark.setAttribute("transform", `scale(${this.radius * this.scale * this.unit})`);
  }

  /** How far from the middle the mark ends, in letters' units. */
  get edge() {
    return this.radius * this.scale;
  }

  /** Show the name on a side, "" for not at all; a dot with a name can be reached by Tab. */
  name(side) {
    const { text, edge } = this;
    const place = {
      left: { x: -(edge + 2) * this.unit, dy: "0.35em" },
      above: { x: 0, y: -(edge + 3) * this.unit },
      below: { x: 0, y: (edge + 11) * this.unit },
    }[side] ?? { x: (edge + 2) * this.unit, dy: "0.35em" };
    text.setAttribute("class", side || "hidden right");
    for (const name of ["x", "y", "dy"]) text.setAttribute(name, place[name] ?? 0);
    if (side) this.element.removeAttribute("tabindex");
    else this.element.setAttribute("tabindex", "-1");
  }
}
