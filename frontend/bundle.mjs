// Bundles every module directly in frontend/ that is named by a page into server/static/bundle.

import { readdir, rm } from "node:fs/promises";
import { build } from "esbuild";

const folder = "server/static/bundle";
const sources = await readdir("frontend");

await rm(folder, { recursive: true, force: true });
await build({
  entryPoints: sources.filter((name) => name.endsWith(".js")).map((name) => `frontend/${name}`),
  outdir: folder,
  bundle: true,
  // What several pages need, or a page needs later, is a file of its own, named by its content.
  splitting: true,
  chunkNames: "part-[hash]",
  format: "esm",
  target: "es2022",
  minify: true,
  legalComments: "linked",
  logLevel: "warning",
});
