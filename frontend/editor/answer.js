// Answers are made by the server as pages; the part that answers is taken out of one.

/** Return a problem document (RFC 9457) as the page shows problems, in the page's language. */
function problemOf(members) {
  const problem = document.createElement("div");
  problem.className = "problem";
  problem.setAttribute("role", "alert");
  const sentence = document.createElement("p");
  sentence.textContent =
    document.documentElement.lang === "ja" ? members.detail_ja : members.detail;
  problem.append(sentence);
  return problem;
}

/**
 * Fetch the page at an address: its answer's nodes, title, query, its address in the other
 * language, and a sentence that sums it up; of a problem document the nodes alone.
 * Rejects when the server is out of reach, sends no such page, or the signal stops it.
 */
export async function answerAt(address, signal) {
  const response = await fetch(address, { headers: { Accept: "text/html" }, signal });
  if (response.headers.get("Content-Type")?.startsWith("application/problem+json")) {
    // A server too busy to make a page has still a sentence to say.
    return { nodes: [problemOf(await response.json())], summary: "" };
  }
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const part = page.getElementById("answer");
  if (!part) throw new Error(`${response.status}: found a page without an answer`);
  return {
    nodes: [...part.childNodes].map((node) => document.importNode(node, true)),
    title: page.title,
    otherLanguage: page.querySelector("nav a[hreflang]").getAttribute("href"),
    query: page.querySelector("form.ask textarea")?.value ?? "",
    summary: part.querySelector(".summary")?.textContent.trim() ?? "",
  };
}
