// The panels of the selected layer as tabs.
(() => {
  let open = 0;
  page.on("select", ({ index }) => {
    const place = page.article.querySelector(".panel");
    place.replaceChildren();
    if (index == null) return;
    const layer = page.layer, fitting = page.panels.filter(panel => !panel.fits || panel.fits(layer));
    open = Math.min(open, fitting.length - 1);
    const body = page.make("div", { role: "tabpanel", class: "body", tabindex: 0 });
    const tabs = fitting.map((panel, at) => page.make("button", {
      type: "button", role: "tab", click: () => show(at),
    }, panel.title));
    const show = at => {
      open = at;
      tabs.forEach((tab, other) => { tab.setAttribute("aria-selected", other === at); tab.tabIndex = other === at ? 0 : -1; });
      body.replaceChildren();
      fitting[at].show(body, layer);
    };
    place.append(page.make("h2", {}, layer.path), page.make("div", { role: "tablist" }, tabs), body);
    show(open);
  });
})();
