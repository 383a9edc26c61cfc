// What follows the reader: rows and links of the table, the address, the model that is shown.
(() => {
  document.addEventListener("click", event => {
    const go = event.target.closest("[data-go]");
    if (go) page.select(Number(go.dataset.go), "table");
  });
  document.getElementById("models")?.addEventListener("change", event => page.choose(Number(event.target.value)));
  page.on("model", at => document.querySelectorAll("article").forEach((article, other) => { article.hidden = other !== at; }));
  const follow = () => {
    const name = decodeURIComponent(location.hash.slice(1)), layers = page.model.layers;
    const found = layers.findIndex(layer => layer.path === name);
    if (found >= 0) page.select(found, "address");
  };
  page.on("select", ({ index, source }) => {
    if (source !== "address" && index != null) history.replaceState(null, "", "#" + encodeURIComponent(page.layer.path));
  });
  addEventListener("hashchange", follow);
  follow();
})();
