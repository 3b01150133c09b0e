// Search, and buttons that copy code. Works from files, too: the index is a script that
// is read when someone first searches.
(() => {
  const root = document.currentScript.dataset.root;

  const load = (file) => new Promise((resolve, reject) => {
    const script = document.createElement("script");
    Object.assign(script, { src: root + file, onload: resolve, onerror: reject });
    document.head.append(script);
  });
  // Names are found by their parts, too, such as `edist_nearest` by `nearest`; numbers
  // and words as they stand.
  const words = (text) => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) || [];
  const make_index = () => lunr(function () {
    this.pipeline.reset();
    this.searchPipeline.reset();
    this.tokenizer = (text) => words(text || "").map((word) => new lunr.Token(word));
    this.field("title", { boost: 8 });
    this.field("heading", { boost: 4 });
    this.field("text");
    sections.forEach((section, id) => this.add({ id, ...section }));
  });
  let index;
  const prepare = () => index ||= load("lunr.min.js").then(() => load("search.js"))
    .then(make_index);
  // Every word must occur, perhaps as the beginning of a longer one. A page is shown with
  // its three best sections.
  const search = (index, text) => index.query((query) => {
    words(text).forEach((word) => {
      query.term(word, { presence: lunr.Query.presence.REQUIRED,
                         wildcard: lunr.Query.wildcard.TRAILING });
      query.term(word, { boost: 10 });
    });
  }).map((hit) => sections[hit.ref]).filter((section, rank, all) =>
    all.slice(0, rank).filter((other) => other.path === section.path).length < 3
  ).slice(0, 12);

  const input = document.getElementById("search");
  const list = document.getElementById("found");
  const show = async () => {
    const text = input.value;
    const hits = words(text).length ? search(await prepare(), text) : [];
    if (text !== input.value) return;
    list.replaceChildren(...hits.map((hit) => {
      const item = document.createElement("li");
      const link = item.appendChild(document.createElement("a"));
      link.href = root + hit.path + (hit.anchor ? "#" + hit.anchor : "");
      link.append(hit.title);
      if (hit.heading) {
        link.appendChild(document.createElement("small")).append(hit.heading);
      }
      return item;
    }));
    if (words(text).length && !hits.length) list.textContent = "Nothing found.";
    list.hidden = !words(text).length;
  };
  input.addEventListener("input", show);
  input.form.addEventListener("submit", (event) => {
    event.preventDefault();
    list.querySelector("a")?.click();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") list.hidden = true;
    if (event.key === "/" && !event.target.matches("input")) {
      event.preventDefault();
      input.focus();
    }
  });
  document.addEventListener("click", (event) => {
    if (!input.form.contains(event.target)) list.hidden = true;
  });

  // Copies code without what it printed.
  if (!navigator.clipboard) return;
  for (const code of document.querySelectorAll("div.sourceCode")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "copy";
    button.addEventListener("click", async () => {
      const text = code.querySelector("pre").textContent.replace(/^#>.*\n?/gm, "");
      await navigator.clipboard.writeText(text);
      button.textContent = "copied";
      setTimeout(() => (button.textContent = "copy"), 1500);
    });
    code.append(button);
  }
})();
