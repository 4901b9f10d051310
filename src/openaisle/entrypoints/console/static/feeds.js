// The pages of feeds: files are sent in parts with their progress, and a feed is followed while it happens.
// Without this script the forms and pages work all the same.
"use strict";

// A feed under way: server-sent events tell how far it is; the page is loaded anew
// once there is more to show: when everything was validated, and at the end.
(() => {
  const part = document.querySelector("[data-feed-progress]");
  if (!part) return;
  const tell = (name, text) => {
    const place = part.querySelector(`[data-tell="${name}"]`);
    if (place && place.textContent !== text) place.textContent = text;
  };
  const number = (count) => count.toLocaleString("en-US");
  let first = null;
  const show = (progress) => {
    const bar = part.querySelector("progress");
    if (progress.percent === null) bar.removeAttribute("value");
    else bar.value = progress.percent;
    tell("rows_done", number(progress.rows_done));
    if (progress.rows_total !== null) tell("rows_total", number(progress.rows_total));
    for (const [verdict, count] of Object.entries(progress.counts)) tell(verdict, number(count));
    tell("state", progress.state.replaceAll("_", " "));
    const pill = document.querySelector(".head .pill");
    if (pill) pill.textContent = progress.state.replaceAll("_", " ");
    const now = performance.now();
    if (progress.state !== "applying") first = null;
    else if (!first) first = { at: now, rows: progress.rows_done };
    else if (progress.rows_done > first.rows && now - first.at > 1000) {
      tell("speed", `, ${number(Math.round(((progress.rows_done - first.rows) * 1000) / (now - first.at)))} rows a second`);
    }
  };
  const source = new EventSource(part.dataset.feedProgress);
  source.addEventListener("progress", (event) => {
    const progress = JSON.parse(event.data);
    show(progress);
    // Once it is being applied the page has what was found so far, and other things can be done with the feed.
    const looked = progress.rows_looked_at > 0 && part.dataset.looked === "0";
    if (progress.ended || looked || (progress.state === "applying" && part.dataset.state !== "applying")) {
      source.close();
      window.location.reload();
    }
  });
})();

// A file is sent in parts. What breaks off goes on where it stopped, also after the page was loaded anew.
(() => {
  const form = document.querySelector("form[data-upload]");
  if (!form) return;
  const PART_BYTES = 4 * 1024 * 1024;
  const TRIES = 8;
  const shown = form.querySelector("[data-upload-shown]");
  const bar = shown.querySelector("progress");
  const said = shown.querySelector("[role=status]");
  const button = form.querySelector("button[type=submit]");
  const token = form.querySelector("[name=csrf]").value;
  const base = form.dataset.upload;

  class Refused extends Error {}

  const ask = async (path, options = {}) => {
    const answer = await fetch(base + path, { ...options, headers: { "X-Form-Token": token, ...options.headers } });
    if (answer.status >= 500 || answer.status === 429) throw new Error(`answered ${answer.status}`);
    const told = await answer.json();
    if (!answer.ok) {
      const refused = new Refused(`${told.title}. ${told.detail} ${told.mend}`);
      refused.code = told.code;
      throw refused;
    }
    return told;
  };

  const wait = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));
  const size = (bytes) => (bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} KB` : `${(bytes / 1e6).toFixed(1)} MB`);

  const patiently = async (doing) => {
    for (let tried = 1; ; tried += 1) {
      try {
        return await doing();
      } catch (error) {
        if (error instanceof Refused || tried === TRIES) throw error;
        said.textContent = "The connection was lost; trying again …";
        await wait(Math.min(2 ** tried / 2, 20));
      }
    }
  };

  const begun = async (file, what, place) => {
    const known = localStorage.getItem(place);
    if (known) {
      try {
        const found = await patiently(() => ask(`/${known}`));
        if (found.state === "open") return found;
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
      }
    }
    const [kind, mode] = what.split("-");
    const body = JSON.stringify({ byte_count: file.size, kind, mode, file_name: file.name.slice(-255) });
    const made = await patiently(() => ask("", { method: "POST", body, headers: { "Content-Type": "application/json" } }));
    localStorage.setItem(place, made.upload_id);
    return made;
  };

  const send = async (file, what) => {
    const place = `openaisle.upload:${what}:${file.name}:${file.size}:${file.lastModified}`;
    let upload = await begun(file, what, place);
    while (upload.received_bytes < file.size) {
      const from = upload.received_bytes;
      bar.value = (from * 100) / file.size;
      said.textContent = `${size(from)} of ${size(file.size)} sent`;
      const options = {
        method: "PUT",
        body: file.slice(from, from + PART_BYTES),
        headers: { "Content-Type": "application/octet-stream" },
      };
      try {
        upload = await patiently(() => ask(`/${upload.upload_id}/parts?offset=${from}`, options));
      } catch (error) {
        // The part arrived but its answer did not: go on where the other side is.
        if (error.code !== "upload-offset-wrong") throw error;
        upload = await patiently(() => ask(`/${upload.upload_id}`));
        if (upload.received_bytes <= from) throw error;
      }
    }
    bar.value = 100;
    said.textContent = "All sent.";
    const done = await patiently(() => ask(`/${upload.upload_id}/completion`, { method: "POST" }));
    localStorage.removeItem(place);
    window.location.assign(done.href);
  };

  form.addEventListener("submit", (event) => {
    const file = form.querySelector("input[type=file]").files[0];
    if (!file || file.size === 0) return;
    event.preventDefault();
    shown.hidden = false;
    button.disabled = true;
    send(file, form.querySelector("[name=what]").value).catch((error) => {
      said.textContent = error instanceof Refused ? error.message : "The connection is gone. Send again to go on where it stopped.";
      button.disabled = false;
    });
  });
})();
