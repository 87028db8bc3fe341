"use strict";
// Comfort only: every step works without it.
(() => {
  const all = (q, f) => document.querySelectorAll(q).forEach(f);
  // "Show what I type" beside passwords.
  all("[data-shows]", (box) => {
    box.hidden = false;
    const input = box.querySelector("input");
    input.addEventListener("change", () =>
      all(box.dataset.shows, (field) => { field.type = input.checked ? "text" : "password"; }));
  });
  // The phone's own time zone, while none is chosen.
  all("select[data-zone]", (list) => {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if (!zone || !/^[A-Za-z0-9_+\/-]{1,40}$/.test(zone)) return;
    if (![...list.options].some((option) => option.value === zone)) {
      list.add(new Option(zone.replaceAll("_", " "), zone), 0);
    }
    list.value = zone;
  });
  // The first part of the address, from the name.
  all("[data-from]", (field) => {
    const name = document.getElementById(field.dataset.from);
    const latin = { α: "a", β: "v", γ: "g", δ: "d", ε: "e", ζ: "z", η: "i", θ: "th", ι: "i", κ: "k", λ: "l", μ: "m", ν: "n", ξ: "x", ο: "o", π: "p", ρ: "r", σ: "s", ς: "s", τ: "t", υ: "y", φ: "f", χ: "ch", ψ: "ps", ω: "o" };
    let own = field.value !== "";
    field.addEventListener("input", () => { own = field.value !== ""; });
    name?.addEventListener("input", () => {
      if (own) return;
      const first = name.value.trim().split(/\s+/)[0].toLowerCase().normalize("NFD").replace(/\p{M}/gu, "");
      field.value = first.replaceAll("ου", "ou").replace(/α[υ]/g, "av").replace(/ε[υ]/g, "ev").replace(/[α-ω]/g, (c) => latin[c] ?? "").replace(/[^a-z0-9.-]/g, "");
    });
  });
  // Copy a record.
  all("[data-copy]", (button) => {
    button.hidden = false;
    button.addEventListener("click", async () => {
      const source = document.getElementById(button.dataset.copy);
      try { await navigator.clipboard.writeText(source.textContent); } catch {
        getSelection().selectAllChildren(source);
        document.execCommand("copy");
      }
      button.textContent = button.dataset.done;
    });
  });
  // What is under way is looked at again, and only the main part changes.
  const live = document.querySelector("main[data-live]");
  if (live) {
    let left = 90;
    const look = async () => {
      try {
        const answer = await fetch(location.href, { credentials: "same-origin" });
        const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("main");
        const other = (part) => fresh.querySelector(part)?.textContent !== live.querySelector(part)?.textContent;
        if (fresh && (!("live" in fresh.dataset) || other("h1"))) return location.reload();
      } catch { /* the phone lost the house for a moment */ }
      if ((left -= 1) > 0) setTimeout(look, 2000);
    };
    setTimeout(look, 2000);
  }
})();
