// Answers are made by the server as pages; the part that answers is taken out of one.

/**
 * Fetch the page at an address: its answer's nodes, title, query, and a sentence that sums it up.
 * Rejects when the server is out of reach, sends no such page, or the signal stops it.
 */
export async function answerAt(address, signal) {
  const response = await fetch(address, { headers: { Accept: "text/html" }, signal });
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const part = page.getElementById("answer");
  if (!part) throw new Error(`${response.status}: found a page without an answer`);
  return {
    nodes: [...part.childNodes].map((node) => document.importNode(node, true)),
    title: page.title,
    query: page.querySelector("form.ask textarea")?.value ?? "",
    summary: part.querySelector(".summary")?.textContent.trim() ?? "",
  };
}
