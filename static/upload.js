/* Reports with photos on a weak network: the text is sent first, then each photo by itself, shrunk on the device, and sent
   again when the network fails. The server answers the text with {location, upload, csrf}. Needs app.js. */
(() => {
  "use strict";
  const { t, all, on, el, button, icon, note, forget, ready } = window.kb, doc = document;
  const post = (url, data) => fetch(url, {
    method: "POST", body: data, credentials: "same-origin", headers: { "X-Upload": "1", Accept: "application/json" } });

  const shrink = async (file) => { // through createImageBitmap: a blob: address would need a hole in the CSP
    if (!/^image\/(jpeg|png|webp)$/.test(file.type)) return file;
    try {
      const image = await createImageBitmap(file, { imageOrientation: "from-image" });
      const scale = Math.min(1, 1600 / Math.max(image.width, image.height));
      const width = Math.round(image.width * scale), height = Math.round(image.height * scale);
      const canvas = Object.assign(doc.createElement("canvas"), { width, height }), pen = canvas.getContext("2d");
      pen.fillStyle = "#fff"; // what is transparent would turn black in a JPEG
      pen.fillRect(0, 0, width, height);
      pen.drawImage(image, 0, 0, width, height);
      const small = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.8));
      const name = file.name.replace(/\.\w+$/, "") + ".jpg";
      return small && small.size < file.size ? new File([small], name, { type: "image/jpeg" }) : file;
    } catch (cannot) { return file; }
  };

  const list = (form, files) => { // the chosen files, a row each
    const rows = form.querySelector("[data-files]") ||
      form.querySelector("[type=file]").closest(".field").appendChild(el("ul", { class: "files", "data-files": "" }));
    rows.textContent = "";
    return files.map((file) => {
      const size = el("span", { class: "meta" }, Math.ceil(file.size / 1000) + " kB"), state = el("span", {});
      rows.append(el("li", {}, el("span", { class: "thumb" }, icon(/^image/.test(file.type) ? "cam" : "file")),
        el("span", {}, file.name, el("br", {}), size), state));
      return { file, mark: (kind, word, ...more) => {
        state.textContent = "";
        state.append(el("span", { class: "st st-" + kind }, icon(kind), word), " ", ...more);
      } };
    });
  };

  const send = async (form, job) => {
    job.mark("run", t("sending"));
    const file = await shrink(job.file);
    let why = "";
    for (const pause of [0, 1, 2, 4]) try {
      await new Promise((done) => setTimeout(done, pause * 1000));
      const data = new FormData();
      data.append("csrf_token", form.saved.csrf);
      data.append("files", file, file.name);
      const answer = await post(form.saved.upload, data);
      job.sent = answer.ok && !answer.redirected;
      if (job.sent) return job.mark("done", t("sent"));
      why = (await answer.json()).error || "";
      if (answer.status < 500 && answer.status !== 429) break; // refused: it would be refused again
    } catch (network) { why = ""; }
    job.mark("warn", t("unsent"), why, " ", button(t("again"), () => finish(form, [job])));
  };

  const finish = async (form, jobs) => {
    for (const job of jobs) await send(form, job);
    const left = form.jobs.filter((job) => !job.sent), to = new URL(form.saved.location, location.href);
    if (left.length) {
      return note(form.querySelector("[data-files]"), "yellow", t("saved") + " " + left.length + " " + t("left") + " ",
        button(t("again"), () => finish(form, left)), " ", el("a", { href: to.href }, t("skip")));
    }
    const mere = to.href.replace(/#.*/, "") === location.href.replace(/#.*/, ""); // a mere # would not show the new report
    location.href = to.href;
    if (mere) location.reload();
  };

  const refused = (html, files) => { // the returned page takes the place of this one, and the chosen files stay chosen
    const main = doc.adoptNode(new DOMParser().parseFromString(html, "text/html").querySelector("main"));
    doc.querySelector("main").replaceWith(main);
    if (window.htmx) window.htmx.process(main);
    const form = main.querySelector("form[data-upload]"), carrier = new DataTransfer();
    files.forEach((file) => carrier.items.add(file));
    if (form) { form.querySelector("[type=file]").files = carrier.files; list(form, files); }
    ready();
  };

  on("submit", "form[data-upload]", async (event, form) => {
    const input = form.querySelector("[type=file]"), files = Array.from(input ? input.files : []);
    if (!files.length) return; // text alone goes the plain way
    event.preventDefault();
    event.stopPropagation();
    if (form.getAttribute("aria-busy")) return;
    form.setAttribute("aria-busy", "true");
    const data = new FormData(form);
    data.delete(input.name);
    if (event.submitter && event.submitter.name) data.append(event.submitter.name, event.submitter.value);
    try {
      if (form.saved) return await finish(form, form.jobs.filter((job) => !job.sent));
      const answer = await post(form.getAttribute("action") || location.href, data);
      const json = /json/.test(answer.headers.get("Content-Type")), said = json ? await answer.json() : await answer.text();
      if (json && answer.ok) {
        form.saved = said; // from here on only files are sent
        form.jobs = list(form, files);
        forget(form.dataset.draft);
        all(".errsum, .err").forEach((old) => old.remove());
        all(".bad", form).forEach((old) => old.classList.remove("bad"));
        await finish(form, form.jobs);
      } else if (/^(409|419|422)$/.test(answer.status) && !json) refused(said, files);
      else if (answer.status === 419) { // the session is over: the plain way shows what was typed and a sign-in form
        const names = new DataTransfer(); // the photos stay here; their names say that they have to be chosen again
        files.forEach((file) => names.items.add(new File([], file.name)));
        input.files = names.files;
        HTMLFormElement.prototype.submit.call(form);
      } else if (answer.redirected) location.href = answer.url; // saved, by a view that takes no photos one by one
      else note(input.closest(".field"), "red", said.error || t("offline"));
    } catch (network) {
      note(input.closest(".field"), "red", t("offline"));
    } finally { form.removeAttribute("aria-busy"); }
  }, true);
})();
