// A panel that is a page of its own.
page.select(0);
page.panels[0].show(document.querySelector("main"), page.layer);
