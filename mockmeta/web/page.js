// The page is drawn by the server. This keeps it live: the server sends ready
// HTML for the message or phone that changed.
"use strict";

const phones = document.getElementById("phones");
const say = (text) => { document.getElementById("announce").textContent = text; };

// put replaces the element with the same id, or adds it, and keeps the focus.
function put(parent, html) {
  const holder = document.createElement("template");
  holder.innerHTML = html.trim();
  const fresh = holder.content.firstElementChild;
  const old = document.getElementById(fresh.id);
  if (!old) return parent.append(fresh);
  const focused = old.contains(document.activeElement) && document.activeElement.className;
  old.replaceWith(fresh);
  if (focused) fresh.querySelector("." + focused.split(" ")[0])?.focus();
}

async function copy(button) {
  try {
    await navigator.clipboard.writeText(button.dataset.code);
    say("Code copied");
  } catch {
    const area = document.createElement("textarea");
    area.value = button.dataset.code;
    document.body.append(area);
    area.select();
    say(document.execCommand("copy") ? "Code copied" : "The code could not be copied");
    area.remove();
    button.focus();
  }
}

phones.addEventListener("click", (e) => {
  const button = e.target.closest(".copy");
  if (button) copy(button);
});

phones.addEventListener("change", async (e) => {
  if (!e.target.matches(".state")) return;
  await fetch("/control/handsets", {
    method: "PUT",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ number: e.target.dataset.number, state: e.target.value }),
  });
});

async function draw() {
  const html = await (await fetch("/")).text();
  const fresh = new DOMParser().parseFromString(html, "text/html").getElementById("phones");
  phones.replaceChildren(...fresh.childNodes);
}

function showPhone(html) {
  document.getElementById("empty").hidden = true;
  put(phones, html);
}

const live = new EventSource("/control/events");
let opened = false;
live.addEventListener("open", () => {
  if (opened) draw(); // something may have been missed while it was cut
  opened = true;
});
live.addEventListener("reset", draw);
live.addEventListener("phone", (e) => showPhone(JSON.parse(e.data).html));
live.addEventListener("message", (e) => {
  const m = JSON.parse(e.data);
  const phone = document.getElementById("phone-" + m.phone);
  if (!phone) return draw();
  put(phone.querySelector(".thread." + m.channel + " ol"), m.html);
});
