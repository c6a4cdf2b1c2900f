// A drawing of ties that is zoomed and moved by wheel, fingers, buttons and keys.
import { select } from "d3-selection";
import { zoom, zoomIdentity } from "d3-zoom";
import { Dot } from "./dot.js";
import { arrange } from "./labels.js";

const MOST = 24;
const STEP = 1.5;
/** Makes the drawing in a figure one that can be explored. */
export class Drawing {
  constructor(figure) {
    this.svg = figure.querySelector("svg.picture");
    this.content = this.svg.querySelector(".content");
    this.view = this.svg.viewBox.baseVal;
    this.unit = this.view.width / 1000;
    this.dots = [...this.svg.querySelectorAll(".dot")]
      .map((element) => new Dot(element, this.unit))
      .reverse();
    this.byKey = new Map(this.dots.map((dot) => [dot.key, dot]));
    for (const line of this.svg.querySelectorAll("path.tie")) this.#tie(line);
    this.#zooming();
    this.#tools(figure);
    this.#asking();
    if (this.svg.classList.contains("network")) this.#dragging();
    new ResizeObserver(() => this.#draw()).observe(this.svg);
  }

  #tie(line) {
    const ends = line.dataset.ends.split(" ").map((key) => this.byKey.get(key));
    for (const dot of ends) dot.lines.push({ line, ends });
  }

  #zooming() {
    const { x, y, width, height } = this.view;
    this.transform = zoomIdentity;
    this.zoom = zoom()
      .scaleExtent([1, MOST])
      .extent([
        [x, y],
        [x + width, y + height],
      ])
      .translateExtent([
        [x, y],
        [x + width, y + height],
      ])
      .filter((event) => this.#isOurs(event))
      .on("zoom", ({ transform }) => {
        this.transform = transform;
        this.content.setAttribute("transform", transform);
        this.svg.classList.toggle("zoomed", transform.k > 1);
        this.#draw();
      });
    this.selection = select(this.svg).call(this.zoom);
  }

  /** A wheel alone and one finger scroll the page, until the drawing has been zoomed. */
  #isOurs(event) {
    if (event.type === "wheel") return event.ctrlKey || event.metaKey;
    if (event.type.startsWith("touch")) return event.touches.length > 1 || this.transform.k > 1;
    return !event.button && !event.ctrlKey;
  }

  /** Keep dots and names of a size for eyes, whatever the zoom and the width of the screen. */
  #draw() {
    const frame = this.svg.getBoundingClientRect();
    if (!frame.width) return;
    const perPixel = Math.max(this.view.width / frame.width, this.view.height / frame.height);
    const { k, x, y } = this.transform;
    const small = Math.min(2.6, Math.max(1, perPixel / this.unit));
    const letters = small / k ** 0.95;
    const marks = small ** 0.5 / k ** 0.8;
    const left = (frame.width - this.view.width / perPixel) / 2;
    const top = (frame.height - this.view.height / perPixel) / 2;
    for (const dot of this.dots) {
      dot.draw(letters, marks);
      dot.screenX = (dot.x * k + x - this.view.x) / perPixel + left;
      dot.screenY = (dot.y * k + y - this.view.y) / perPixel + top;
    }
    arrange(this.dots, frame, (this.unit * letters * k) / perPixel);
  }

  #tools(figure) {
    const tools = figure.querySelector(".tools");
    const acts = {
      in: () => this.zoom.scaleBy(this.selection, STEP),
      out: () => this.zoom.scaleBy(this.selection, 1 / STEP),
      whole: () => this.zoom.transform(this.selection, zoomIdentity),
    };
    for (const button of tools.querySelectorAll("button")) {
      button.addEventListener("click", acts[button.dataset.act]);
    }
    this.told = tools.querySelector(".told");
    this.keys = this.told.textContent;
    tools.hidden = false;
    this.svg.setAttribute("tabindex", "0");
    figure.addEventListener("keydown", (event) => this.#key(event));
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = this.view.width / 10 / this.transform.k;
    const moves = {
      ArrowLeft: [step, 0],
      ArrowRight: [-step, 0],
      ArrowUp: [0, step],
      ArrowDown: [0, -step],
    };
    if (event.key in moves) this.zoom.translateBy(this.selection, ...moves[event.key]);
    else if (event.key === "+" || event.key === ";" || event.key === "=")
      this.zoom.scaleBy(this.selection, STEP);
    else if (event.key === "-") this.zoom.scaleBy(this.selection, 1 / STEP);
    else if (event.key === "0") this.zoom.transform(this.selection, zoomIdentity);
    else return;
    event.preventDefault();
  }

  /** Whoever is pointed at or reached by Tab is shown with its ties. */
  #asking() {
    const dotOf = (event) => this.byKey.get(event.target.closest?.(".dot")?.dataset.key);
    for (const type of ["pointerover", "focusin"])
      this.svg.addEventListener(type, (event) => this.#choose(dotOf(event)));
    for (const type of ["pointerleave", "focusout"])
      this.svg.addEventListener(type, () => this.#choose());
  }

  #choose(dot) {
    if (dot === this.chosen) return;
    this.chosen = dot;
    for (const near of this.svg.querySelectorAll(".near")) near.classList.remove("near");
    this.svg.classList.toggle("chosen", dot !== undefined);
    this.told.textContent = dot ? dot.title : this.keys;
    if (!dot) return;
    dot.element.classList.add("near");
    for (const { line, ends } of dot.lines) {
      line.classList.add("near");
      for (const end of ends) end.element.classList.add("near");
    }
  }

  /** In a network a dot is only where it is for lack of a better place: it can be moved. */
  #dragging() {
    let held;
    let hasMoved = false;
    this.svg.addEventListener("dragstart", (event) => event.preventDefault());
    this.svg.addEventListener(
      "mousedown",
      (event) => {
        held = this.byKey.get(event.target.closest(".dot")?.dataset.key);
        hasMoved = false;
        if (held) event.stopImmediatePropagation();
      },
      true,
    );
    addEventListener("mousemove", (event) => {
      if (
        !held ||
        event.buttons !== 1 ||
        (!hasMoved && Math.hypot(event.movementX, event.movementY) < 1)
      )
        return;
      hasMoved = true;
      const matrix = this.content.getScreenCTM().inverse();
      const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix);
      Object.assign(held, { x, y });
      for (const {
        line,
        ends: [a, b],
      } of held.lines)
        line.setAttribute("d", `M${a.x} ${a.y}L${b.x} ${b.y}`);
      this.#draw();
    });
    addEventListener("mouseup", () => {
      held = undefined;
    });
    this.svg.addEventListener(
      "click",
      (event) => {
        if (hasMoved) event.preventDefault();
        hasMoved = false;
      },
      true,
    );
  }
}
