// A form of filters shows its result without loading the page again.
const PAUSE = 250;

/** Replace the result on the page by that of the form, whenever a field changes; then call `shown`. */
export function live(form, shown) {
  let running = new AbortController();
  let timer = 0;

  async function show() {
    running.abort();
    running = new AbortController();
    const address = `${form.action}?${new URLSearchParams(new FormData(form))}`;
    const result = document.getElementById("result");
    result.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(address, { signal: running.signal });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const found = page.getElementById("result");
      if (!answer.ok || !found) throw new Error(`${answer.status}`);
      result.replaceWith(document.adoptNode(found));
      document.title = page.title;
      for (const selector of ["h1", "nav"])
        document.querySelector(selector).replaceWith(page.querySelector(selector));
      history.replaceState(null, "", address);
      shown();
    } catch (error) {
      // The page of the server says what is wrong.
      if (error.name !== "AbortError") location.assign(address);
    }
  }

  form.addEventListener("change", () => {
    clearTimeout(timer);
    timer = setTimeout(show, PAUSE);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(timer);
    show();
  });
}
