// Which names are shown: those of the dots with most ties, as far as there is room.
const CELL = 60;

/** Remembers boxes on the screen and tells whether another one is free. */
class Room {
  #cells = new Map();

  *#at({ left, top, right, bottom }) {
    for (let x = Math.floor(left / CELL); x <= right / CELL; x++) {
      for (let y = Math.floor(top / CELL); y <= bottom / CELL; y++) yield `${x} ${y}`;
    }
  }

  isFree(box, own) {
    for (const key of this.#at(box)) {
      for (const other of this.#cells.get(key) ?? []) {
        if (
          other !== own &&
          box.left < other.right &&
          other.left < box.right &&
          box.top < other.bottom &&
          other.top < box.bottom
        )
          return false;
      }
    }
    return true;
  }

  take(box) {
    for (const key of this.#at(box)) {
      if (!this.#cells.has(key)) this.#cells.set(key, []);
      this.#cells.get(key).push(box);
    }
  }
}

// The best place first: towards the edge of the picture.
const SIDES = ["right", "left", "above", "below"];
const SIDES_ON_THE_LEFT = ["left", "right", "above", "below"];
// The biggest have a name even where it hides another dot.
const ALWAYS = 6;

function box(side, { screenX: x, screenY: y, edge, width }, perUnit) {
  const gap = (edge + 2) * perUnit;
  const wide = width * perUnit;
  const high = 6 * perUnit;
  if (side === "right")
    return { left: x + gap, right: x + gap + wide, top: y - high, bottom: y + high };
  if (side === "left")
    return { left: x - gap - wide, right: x - gap, top: y - high, bottom: y + high };
  const top = side === "above" ? y - gap - 2 * high : y + gap;
  return { left: x - wide / 2, right: x + wide / 2, top, bottom: top + 2 * high };
}

const isInside = (a, frame) =>
  a.left > 0 && a.top > 0 && a.right < frame.width && a.bottom < frame.height;

/** Show the names for which there is room beside their dots; `dots`: those with most ties first. */
export function arrange(dots, frame, perUnit) {
  const names = new Room();
  const marks = new Room();
  const visible = dots.filter(
    ({ screenX: x, screenY: y }) => x > 0 && y > 0 && x < frame.width && y < frame.height,
  );
  for (const dot of visible) {
    const { screenX: x, screenY: y } = dot;
    const r = dot.edge * perUnit;
    dot.own = { left: x - r, right: x + r, top: y - r, bottom: y + r };
    marks.take(dot.own);
  }
  for (const dot of dots) dot.side = "";
  visible.forEach((dot, rank) => {
    dot.side =
      (dot.screenX < frame.width / 2 ? SIDES_ON_THE_LEFT : SIDES).find((side) => {
        const place = box(side, dot, perUnit);
        return (
          isInside(place, frame) &&
          names.isFree(place) &&
          (rank < ALWAYS || marks.isFree(place, dot.own))
        );
      }) ?? "";
    if (dot.side) names.take(box(dot.side, dot, perUnit));
  });
  for (const dot of dots) dot.name(dot.side);
}
