/* Kinder where JavaScript runs: focus on errors, drafts, copying, toasts. Nothing depends on it.
   Plain ES2018 for old phones. The words come from data-t-* on <body>, so they are translated with the pages. */
window.kb = (() => {
  "use strict";
  const doc = document, body = doc.body, mine = doc.currentScript, t = (name) => body.getAttribute("data-t-" + name) || "";
  const all = (selector, root) => Array.from((root || doc).querySelectorAll(selector));
  const on = (type, selector, run, capture) => doc.addEventListener(type, (event) => {
    const hit = event.target.closest && event.target.closest(selector);
    if (hit) run(event, hit);
  }, capture);
  const el = (tag, attrs, ...kids) => { // attributes that are functions are listeners; kids that are strings are text
    const node = doc.createElement(tag), set = (k, v) => (v.call ? node.addEventListener(k, v) : node.setAttribute(k, v));
    Object.keys(attrs).forEach((k) => set(k, attrs[k]));
    node.append(...kids);
    return node;
  };
  const button = (word, click) => el("button", { type: "button", class: "btn btn-plain btn-sm", click }, word);
  const icon = (name) => doc.importNode(new DOMParser().parseFromString(
    `<svg xmlns="http://www.w3.org/2000/svg" class="i" aria-hidden="true"><use href="${body.dataset.icons}#${name}"/></svg>`,
    "image/svg+xml").documentElement, true);
  const toast = ({ text, href, link }) => {
    const more = href ? el("a", { href }, link || href) : "", box = el("div", { class: "toast-kb" }, icon("ok"), el("span", {}, text), more);
    doc.getElementById("toasts").append(box);
    if (!href) setTimeout(() => box.remove(), 8000);
  };
  const note = (before, color, ...said) => { // a line that stays, above the place it is about
    all(".said").forEach((old) => old.remove());
    const red = color === "red", box = el("div", { class: "lamp said " + color, role: red ? "alert" : "status" });
    box.append(icon(red ? "late" : "warn"), el("p", {}, ...said));
    before.parentNode.insertBefore(box, before).scrollIntoView({ block: "nearest" });
  };

  // Drafts: what is typed stays on this device until the server has it. Never passwords, files or hidden fields.
  const kinds = /^(text|search|tel|url|email|number|date|time|textarea|select-one|radio)$/;
  const typed = (form) => Array.from(form.elements).filter((c) => c.name && kinds.test(c.type));
  const store = (run) => { try { return run(localStorage); } catch (refused) { return null; } };
  const key = (name) => "draft:" + body.dataset.me + ":" + name, forget = (name) => store((s) => s.removeItem(key(name)));
  const draft = (form) => {
    const name = form.dataset.draft, state = (form.closest(".panel") || doc).querySelector("[data-draft-state]") || el("p", {});
    const show = (at) => {
      state.textContent = at && t("draft") + ", " + at;
      if (at) state.append(" ", button(t("drop"), () => { forget(name); form.reset(); show(""); }));
    };
    const blank = typed(form).every((c) => /^(radio|select-one)$/.test(c.type) || !c.value);
    const kept = blank && !form.querySelector("[aria-invalid]") && store((s) => JSON.parse(s.getItem(key(name))));
    if (kept) typed(form).filter((c) => c.name in kept.values).forEach((c) => {
      if (c.type === "radio") c.checked = c.value === kept.values[c.name];
      else if (!c.options || all("option", c).some((o) => o.value === kept.values[c.name])) c.value = kept.values[c.name];
    });
    if (kept) show(kept.at);
    form.addEventListener("input", () => {
      const values = {}, at = new Date().toTimeString().slice(0, 5).replace(":", ".");
      typed(form).forEach((c) => { if (c.type !== "radio" || c.checked) values[c.name] = c.value; });
      store((s) => { s.setItem(key(name), JSON.stringify({ at, values })); show(at); });
    });
  };

  let uploader = null; // pages without a report form do not pay for it
  const ready = () => { // after every load and every swap
    if (!uploader && doc.querySelector("form[data-upload]")) {
      uploader = el("script", { src: mine.src.replace("app.js", "upload.js"), nonce: mine.nonce });
      doc.head.append(uploader);
    }
    all("[data-draft-done], meta[name=draft-done]").forEach((mark) => forget(mark.content || mark.getAttribute("data-draft-done")));
    all("form[data-draft]:not([data-kept])").forEach((form) => { form.setAttribute("data-kept", ""); draft(form); });
    all(".errsum:not([data-seen])").slice(0, 1).forEach((sum) => { sum.setAttribute("data-seen", ""); sum.focus(); });
  };
  on("click", "[data-print]", () => print());
  on("click", "[data-copy]", async (event, hit) => { // the text is in the area that the button names, or in the one beside it
    event.preventDefault();
    const area = hit.dataset.copy ? doc.querySelector(hit.dataset.copy) : hit.parentNode.querySelector("textarea"), box = area.closest("details") || {};
    try { await navigator.clipboard.writeText(area.value); } catch (old) {
      box.open = true; area.select();
      if (!doc.execCommand("copy")) return;
      box.open = false;
    }
    toast({ text: t("copied") });
  });
  on("change", "form [type=checkbox]", (event, box) => all("[data-count]", box.form).forEach((out) => {
    out.textContent = all("tbody :checked", box.form).length + " " + t("selected");
  }));
  on("submit", "form[method=post]:not([hx-post])", (event, form) => { // a second tap sends nothing twice
    if (event.defaultPrevented || form.getAttribute("aria-busy")) return event.preventDefault();
    form.setAttribute("aria-busy", "true");
    setTimeout(() => form.removeAttribute("aria-busy"), 5000);
  });
  doc.addEventListener("toast", (event) => toast(event.detail));
  ["htmx:sendError", "htmx:responseError"].forEach((type) => doc.addEventListener(type, () =>
    note(doc.querySelector("main").firstElementChild, "red", t("failed"))));
  doc.addEventListener("htmx:afterSettle", ready);
  setTimeout(ready); // once window.kb is there
  return { t, all, on, el, button, icon, note, forget, ready };
})();
