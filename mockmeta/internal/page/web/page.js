// The page is drawn by the server. This keeps it live, and sends what a person
// does to the control API.
"use strict";

const phones = document.getElementById("phones");
const journal = document.getElementById("journal");
const announce = document.getElementById("announce");

let quiet;
function say(text) {
  announce.textContent = text;
  clearTimeout(quiet);
  quiet = setTimeout(() => { announce.textContent = ""; }, 4000);
}

async function control(method, path, body) {
  const res = await fetch("/control/" + path, {
    method, headers: { "Content-Type": "application/json" }, body: body && JSON.stringify(body),
  });
  if (!res.ok) say((await res.json()).error);
  return res.ok;
}

async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Without permission or a secure page the old way often still works.
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}

const actions = {
  async copy(button) {
    say(await copyText(button.dataset.code) ? "Code copied" : "The code could not be copied");
    button.focus();
  },
  async autofill(button) {
    await copyText(button.dataset.code);
    say("The code was handed to the app");
    button.focus();
  },
  async report(button) {
    if (await control("POST", "webhooks", { kind: "did_not_request_code", message_id: button.dataset.message })) {
      say("The business was told that this person did not ask for a code");
    }
  },
  power(button) {
    const state = button.dataset.state === "switched_off" ? "on_whatsapp" : "switched_off";
    control("PUT", "handsets", { number: button.dataset.number, state });
  },
  async advance(button) {
    if (await control("POST", "clock", { advance: button.dataset.by })) say("The mock's clock went forward");
  },
  async reset() {
    if (await control("POST", "reset")) say("Everything is forgotten");
  },
};

document.addEventListener("click", (e) => {
  const button = e.target.closest("button[data-action]");
  if (button) actions[button.dataset.action](button);
});

document.addEventListener("change", (e) => {
  if (e.target.matches("select[data-action=state]")) {
    control("PUT", "handsets", { number: e.target.dataset.number, state: e.target.value });
  }
});

// put replaces the element with the same id, or adds it, and keeps the focus.
function put(parent, html, place) {
  const holder = document.createElement("template");
  holder.innerHTML = html.trim();
  const fresh = holder.content.firstElementChild;
  const old = document.getElementById(fresh.id);
  if (!old) return parent[place](fresh);
  const focused = old.contains(document.activeElement) && document.activeElement.dataset.action;
  const message = focused && document.activeElement.closest(".bubble")?.id;
  old.replaceWith(fresh);
  if (focused) {
    const inside = message && message !== fresh.id ? document.getElementById(message) : fresh;
    inside?.querySelector(`[data-action=${focused}]`)?.focus();
  }
}

// draw fetches the whole view again, for when pieces may have been missed.
async function draw() {
  const page = new DOMParser().parseFromString(await (await fetch(location.pathname)).text(), "text/html");
  const view = phones || journal;
  const open = [...view.querySelectorAll("details[open][id]")].map((d) => d.id);
  const focused = document.activeElement.closest?.("details[id]")?.id;
  view.replaceChildren(...page.getElementById(view.id).childNodes);
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  if (focused) document.getElementById(focused)?.querySelector("summary").focus();
}

let later;
function drawSoon() {
  clearTimeout(later);
  later = setTimeout(draw, 200);
}

const live = new EventSource("/control/events");
let opened = false;
live.addEventListener("open", () => {
  if (opened) draw();
  opened = true;
});
live.addEventListener("reset", drawSoon);
live.addEventListener("refused", () => {
  if (journal) drawSoon();
});
live.addEventListener("phone", (e) => {
  if (!phones) return;
  document.getElementById("empty").hidden = true;
  put(phones, JSON.parse(e.data).html, "prepend");
});
live.addEventListener("message", (e) => {
  if (!phones) return drawSoon();
  const m = JSON.parse(e.data);
  const list = document.getElementById("phone-" + m.phone)?.querySelector(".thread." + m.channel + " ol");
  if (!list) return drawSoon();
  put(list, m.html, "append");
});
