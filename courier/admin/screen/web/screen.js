// The page is drawn by the server, piece by piece. This asks for the pieces with the key
// in a header, which EventSource cannot send, and puts them in place.
"use strict";

const at = id => document.getElementById(id);

let key = ""; // nowhere else
let phone = "";
let under = new AbortController(); // the stream under way

function say(text) {
  if (at("state").textContent !== text) at("state").textContent = text;
}

// put draws a piece; what was open stays open, and what had the focus keeps it.
function put(name, html) {
  const place = at(name);
  if (!place) return;
  const open = [...place.querySelectorAll("details[open]")].map(d => d.id);
  const focused = place.contains(document.activeElement) && document.activeElement.closest("details")?.id;
  place.innerHTML = html;
  for (const id of open) at(id)?.setAttribute("open", "");
  if (focused) at(focused)?.querySelector("summary").focus();
}

function take(event) {
  let name = "", data = "";
  for (const line of event.split("\n")) {
    if (line.startsWith("event: ")) name = line.slice(7);
    if (line.startsWith("data: ")) data += line.slice(6);
  }
  if (name && data) put(name, JSON.parse(data));
}

async function read(answer) {
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let text = ""; ;) {
    const { value, done } = await reader.read();
    if (done) return;
    const events = (text + value).split("\n\n");
    text = events.pop();
    events.forEach(take);
  }
}

const pause = ms => new Promise(done => setTimeout(done, ms));

// follow asks for one stream after the other, until something else is wished for.
async function follow() {
  under.abort();
  const mine = under = new AbortController();
  while (!mine.signal.aborted) {
    try {
      const answer = await fetch("ui/live", {
        method: "POST", body: JSON.stringify({ phone }), signal: mine.signal,
        headers: { "Content-Type": "application/json", "X-API-Key": key },
      });
      if (answer.status === 401) return leave("The courier does not take this key.");
      if (answer.status === 400) {
        at("search-problem").textContent = (await answer.json()).error.reason;
        phone = "";
        continue;
      }
      if (!answer.ok) throw new Error(answer.statusText);
      at("enter").hidden = true;
      at("screen").hidden = at("leave").hidden = false;
      at("everyone").hidden = phone === "";
      say(phone ? "Live: one number" : "Live");
      await read(answer);
    } catch {
      if (mine.signal.aborted) return;
      say("The courier does not answer. Trying again.");
      await pause(2000);
    }
  }
}

function leave(problem) {
  under.abort();
  key = phone = "";
  for (const name of ["health", "funnel", "limits", "deliveries"]) at(name).replaceChildren();
  at("phone").value = at("search-problem").textContent = "";
  at("screen").hidden = at("leave").hidden = true;
  at("enter").hidden = false;
  at("problem").textContent = problem;
  say("Not connected");
  at("key").focus();
}

at("enter").addEventListener("submit", event => {
  event.preventDefault();
  key = at("key").value.trim();
  at("key").value = at("problem").textContent = "";
  follow();
});

at("search").addEventListener("submit", event => {
  event.preventDefault();
  phone = at("phone").value.trim();
  at("search-problem").textContent = "";
  follow();
});

at("everyone").addEventListener("click", () => {
  phone = at("phone").value = at("search-problem").textContent = "";
  follow();
  at("phone").focus();
});

at("leave").addEventListener("click", () => leave(""));
