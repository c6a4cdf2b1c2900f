// Suggestions while typing: the search box as a combobox with a list (WAI-ARIA 1.2).
// Without this script the box is a form like any other.

const PAUSE_MILLISECONDS = 120;

class Suggestions {
  constructor(form) {
    this.form = form;
    this.input = form.elements.q;
    this.status = form.querySelector("[role=status]");
    this.list = document.createElement("ul");
    this.list.id = `${this.input.id}-suggestions`;
    this.list.className = "suggestions";
    this.list.hidden = true;
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", form.querySelector("label").textContent);
    this.form.append(this.list);
    this.active = -1;
    this.prepareInput();
    this.listen();
  }

  prepareInput() {
    const attributes = {
      role: "combobox",
      "aria-autocomplete": "list",
      "aria-expanded": "false",
      "aria-controls": this.list.id,
    };
    for (const [name, value] of Object.entries(attributes)) this.input.setAttribute(name, value);
  }

  listen() {
    this.input.addEventListener("input", () => this.askSoon());
    this.input.addEventListener("keydown", (event) => this.press(event));
    this.input.addEventListener("blur", () => this.close());
    // The box keeps the focus while an option is clicked.
    this.list.addEventListener("pointerdown", (event) => event.preventDefault());
    this.list.addEventListener("mousedown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => this.go(event.target.closest("[role=option]")));
    this.form.addEventListener("submit", () => this.close());
  }

  askSoon() {
    this.forget();
    if (!this.input.value.trim()) {
      this.close();
      return;
    }
    this.timer = setTimeout(() => this.ask(), PAUSE_MILLISECONDS);
  }

  forget() {
    clearTimeout(this.timer);
    this.request?.abort();
  }

  async ask() {
    this.forget();
    const request = new AbortController();
    this.request = request;
    const asked = { q: this.input.value, lang: this.form.elements.lang.value };
    try {
      const address = `${this.form.dataset.suggest}?${new URLSearchParams(asked)}`;
      const answer = await fetch(address, { signal: request.signal });
      const found = answer.ok ? (await answer.json()).suggestions : [];
      if (!request.signal.aborted) this.show(found);
    } catch (error) {
      // A newer request took its place, or there is no network: the form still works.
      if (error.name !== "AbortError") this.close();
    }
  }

  show(found) {
    this.list.replaceChildren(...found.map((one, place) => this.option(one, place)));
    this.select(-1);
    this.open(found.length > 0);
    const { some, none } = this.status.dataset;
    this.status.textContent = found.length ? some.replace("{n}", found.length) : none;
  }

  option({ label, other, note, href }, place) {
    const option = document.createElement("li");
    option.id = `${this.list.id}-${place}`;
    option.dataset.href = href;
    option.setAttribute("role", "option");
    option.setAttribute("aria-selected", "false");
    const otherLanguage = this.form.elements.lang.value === "ja" ? "en" : "ja";
    for (const [name, text] of Object.entries({ label, other, note })) {
      if (!text) continue;
      const part = document.createElement("span");
      part.className = name;
      part.textContent = text;
      if (name === "other") part.lang = otherLanguage;
      option.append(part, " ");
    }
    return option;
  }

  get isOpen() {
    return !this.list.hidden;
  }

  open(isOpen) {
    this.list.hidden = !isOpen;
    this.input.setAttribute("aria-expanded", String(isOpen));
  }

  close() {
    this.forget();
    this.select(-1);
    this.open(false);
    this.status.textContent = "";
  }

  select(place) {
    const options = [...this.list.children];
    options.forEach((option, at) => option.setAttribute("aria-selected", String(at === place)));
    this.active = place;
    if (place < 0) {
      this.input.removeAttribute("aria-activedescendant");
      return;
    }
    this.input.setAttribute("aria-activedescendant", options[place].id);
    options[place].scrollIntoView({ block: "nearest" });
  }

  // From the box through the options and back to the box, in either direction.
  move(step) {
    const places = this.list.children.length + 1;
    this.select(((this.active + 1 + step + places) % places) - 1);
  }

  press(event) {
    // An input method is composing: its keys, Enter above all, are not ours. 229: older Safari.
    if (event.isComposing || event.keyCode === 229) return;
    const act = this.actions()[event.key];
    if (act && !event.altKey && !event.ctrlKey && !event.metaKey && act() !== false) {
      event.preventDefault();
    }
  }

  // What a key does; false leaves it to the browser.
  actions() {
    const arrow = (step) => () => {
      if (this.isOpen) this.move(step);
      else if (this.input.value.trim()) this.ask();
      else return false;
      return true;
    };
    return {
      ArrowDown: arrow(1),
      ArrowUp: arrow(-1),
      Enter: () => this.isOpen && this.go(this.list.children[this.active]),
      Escape: () => (this.isOpen ? (this.close(), true) : false),
      Tab: () => (this.close(), false),
    };
  }

  go(option) {
    if (!option?.dataset.href) return false;
    this.close();
    location.assign(option.dataset.href);
    return true;
  }
}

for (const form of document.querySelectorAll("form.search")) new Suggestions(form);
