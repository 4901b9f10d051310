// Keeps the parts of a page that show what happens now fresh, without reloading the page.
// An element says what it wants: data-refresh="/console/fragments/…" data-every="2" (seconds).
"use strict";

(() => {
  const PAUSED = "openaisle.paused";
  const LONGEST_WAIT_SECONDS = 60;
  const parts = [...document.querySelectorAll("[data-refresh]")];
  const toggle = document.querySelector("[data-live]");
  let paused = sessionStorage.getItem(PAUSED) === "yes";
  let lost = false;

  const age = (seconds) => {
    const units = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];
    const found = units.find(([length]) => Math.abs(seconds) >= length);
    if (!found) return "now";
    const whole = Math.floor(Math.abs(seconds) / found[0]);
    return seconds > 0 ? `${whole} ${found[1]} ago` : `in ${whole} ${found[1]}`;
  };

  // The server's clock counts: the difference to this machine's own is taken once.
  const told = Date.parse(document.documentElement.dataset.now || "");
  const ahead = Number.isNaN(told) ? 0 : Date.now() - told;

  const tellAges = () => {
    for (const time of document.querySelectorAll("time[data-age]")) {
      const text = age(Math.round((Date.now() - ahead - Date.parse(time.dateTime)) / 1000));
      if (time.textContent !== text) time.textContent = text;
    }
  };

  const showState = () => {
    if (!toggle) return;
    toggle.hidden = false;
    toggle.classList.toggle("on", !paused && !lost);
    toggle.classList.toggle("lost", !paused && lost);
    toggle.setAttribute("aria-pressed", String(!paused));
    toggle.textContent = paused ? "Paused" : lost ? "Reconnecting" : "Live";
  };

  // What has the focus keeps it: the same link stands in the new content, or nothing is replaced.
  const replace = (part, fresh) => {
    const known = new Set([...part.querySelectorAll("[data-key]")].map((row) => row.dataset.key));
    const focused = part.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    part.replaceChildren(...fresh);
    // Where everything is new at once, marking all of it would mark nothing.
    const rows = [...part.querySelectorAll("[data-key]")];
    const arrived = rows.filter((row) => !known.has(row.dataset.key));
    if (known.size && arrived.length < rows.length) arrived.forEach((row) => row.classList.add("arrived"));
    if (focused) {
      const again = [...part.querySelectorAll("a[href]")].find((link) => link.getAttribute("href") === focused);
      if (again) again.focus({ preventScroll: true });
    }
  };

  const refresh = async (part, state) => {
    const answer = await fetch(part.dataset.refresh, { headers: { Accept: "text/html" }, redirect: "manual" });
    if (answer.type === "opaqueredirect" || answer.status === 401) {
      window.location.reload();
      return;
    }
    if (!answer.ok) throw new Error(`answered ${answer.status}`);
    const text = await answer.text();
    if (text !== state.text) {
      state.text = text;
      replace(part, new DOMParser().parseFromString(text, "text/html").body.childNodes);
    }
  };

  const keepFresh = (part) => {
    const every = Number(part.dataset.every) || 2;
    const state = { text: "", failures: 0 };
    const next = () => {
      const wait = Math.min(every * 2 ** state.failures, LONGEST_WAIT_SECONDS);
      setTimeout(step, wait * 1000);
    };
    const step = async () => {
      if (!paused && !document.hidden) {
        try {
          await refresh(part, state);
          state.failures = 0;
          lost = false;
        } catch {
          state.failures = Math.min(state.failures + 1, 5);
          lost = true;
        }
        showState();
      }
      next();
    };
    next();
  };

  if (toggle && parts.length) {
    toggle.addEventListener("click", () => {
      paused = !paused;
      sessionStorage.setItem(PAUSED, paused ? "yes" : "no");
      showState();
    });
    showState();
  }
  parts.forEach(keepFresh);
  setInterval(tellAges, 1000);
})();

// The review queue by keys: j and k step through the tasks, x ticks one; on a task a, c, r and s choose the decision.
(() => {
  const DECISIONS = { a: "approved", c: "corrected", r: "rejected", s: "sent_back" };
  const steps = [...document.querySelectorAll("[data-step]")];

  const step = (by) => {
    const here = steps.indexOf(document.activeElement);
    const next = steps[here < 0 ? 0 : Math.min(Math.max(here + by, 0), steps.length - 1)];
    if (next) next.focus();
  };

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("textarea, select, input:not([type=radio]):not([type=checkbox])");
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const decision = document.querySelector(`#resolution [name=decision][value="${DECISIONS[event.key]}"]`);
    const tick = document.activeElement.closest("tr")?.querySelector("input[type=checkbox]");
    if (steps.length && (event.key === "j" || event.key === "k")) step(event.key === "j" ? 1 : -1);
    else if (event.key === "x" && tick) tick.checked = !tick.checked;
    else if (decision) {
      decision.checked = true;
      document.getElementById("reason").focus();
    } else return;
    event.preventDefault();
  });
})();
