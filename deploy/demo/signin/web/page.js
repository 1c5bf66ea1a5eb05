// What an honest login page adds to its forms: where to look for the code, when the next one
// is possible, and a country for numbers without one. The forms need nothing of this file:
// without it they work as they stand. deploy/LOGIN-PAGE.md says what each part is for.
"use strict";

const { step, flow, asks } = document.querySelector("main").dataset;
const key = `code of ${flow}`;
const pause = 30; // seconds between two codes: so long a message may take

// What was asked for last in this tab: the token to ask with, the channel, whether a code was
// sent before, when, by this clock, and what the courier last told of it.
const asked = () => JSON.parse(sessionStorage.getItem(key) || "null");

// A token for one message: with it, and with nothing else, the courier tells where to look.
function token() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// Every form that makes Kratos send a code takes a new token along.
function remember(form) {
  const payload = form.elements.transient_payload;
  const wish = payload ? JSON.parse(payload.value) : {};
  wish.delivery_token = token();
  if (payload) payload.value = JSON.stringify(wish);
  else form.elements.delivery_token.value = wish.delivery_token;
  sessionStorage.setItem(key, JSON.stringify({
    token: wish.delivery_token, channel: wish.channel || "", again: step === "code", at: Date.now(),
  }));
}

for (const form of document.querySelectorAll("form.sends")) form.addEventListener("submit", () => remember(form));

const clock = (instant) => new Date(instant).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });

// where says in words what the courier told.
function where(hint, last) {
  const sent = (last.again ? "Sent again" : "Sent") + (last.channel === "sms" && hint.state === "check_sms" ? " by SMS" : "");
  switch (hint.state) {
    case "check_whatsapp":
      return `${sent} at ${clock(hint.received_at)}. Check WhatsApp.` +
        (hint.sms_at ? ` If it is not there, an SMS follows at ${clock(hint.sms_at)}.` : "");
    case "check_sms":
      return `${sent} at ${clock(hint.received_at)}. ` +
        (last.channel === "sms" ? "Check your SMS." : "Check WhatsApp, and your SMS too.");
    case "limited":
      return "No new code was sent, because this number has had too many, and the code before is no longer valid. " +
        (hint.next_code_at ? `The next one is possible at ${clock(hint.next_code_at)}.` : "You can ask for a new one now.");
    case "ended":
      return "No valid code is on its way. Ask for a new one.";
    default:
      return "Sending the code …";
  }
}

// read takes the events out of a stream.
async function read(body, show) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const events = (text + value).split("\n\n");
    text = events.pop();
    for (const event of events) {
      const data = event.split("\n").find((line) => line.startsWith("data: "));
      if (data) show(JSON.parse(data.slice(6)));
    }
  }
}

const seconds = (n) => new Promise((done) => setTimeout(done, n * 1000));

// watch asks until the code's life is over. EventSource could not send the header.
async function watch(last, show) {
  let over = false;
  while (!over && Date.now() - last.at < 3600_000) {
    let rest = 1;
    try {
      const answer = await fetch(asks, { headers: { "X-Delivery-Token": last.token, Accept: "text/event-stream" }, cache: "no-store" });
      if (answer.ok) await read(answer.body, (hint) => { over = hint.state === "ended"; show(hint); });
      else rest = Number(answer.headers.get("Retry-After")) || 20;
    } catch {
      rest = 5; // The page says what it said before, and asks again.
    }
    await seconds(rest);
  }
}

function codeStep() {
  const last = asked();
  const line = document.querySelector("#where");
  const note = document.querySelector("#next");
  const buttons = document.querySelectorAll(".other button");
  // A page that is loaded again knows a limit at once: until the courier answers, a press would cost the code.
  const told = last?.hint;
  let hint = told && !(Date.parse(told.next_code_at) < Date.now()) ? told : { state: "sending" };
  const refresh = () => {
    const left = last ? Math.ceil(pause - (Date.now() - last.at) / 1000) : 0;
    const limit = hint.next_code_at;
    let text = "";
    if (limit && hint.state !== "limited") {
      text = `Another code is possible at ${clock(limit)}.` + (hint.ends_at ? ` The one that you have is good until ${clock(hint.ends_at)}.` : "");
    } else if (!limit && left > 0) {
      text = `You can ask for another code in ${left} s.`;
    }
    for (const button of buttons) button.disabled = Boolean(limit) || left > 0;
    note.hidden = !text;
    if (note.textContent !== text) note.textContent = text;
  };
  refresh();
  setInterval(refresh, 1000);
  if (last && asks) {
    const show = (news) => {
      hint = news;
      const text = where(hint, last);
      if (line.textContent !== text) line.textContent = text; // It is read aloud whenever it changes.
      refresh();
    };
    show(hint);
    watch(last, (news) => {
      const now = asked(); // Of another code as soon as a form has sent for it.
      if (now?.token === last.token) sessionStorage.setItem(key, JSON.stringify({ ...now, hint: news }));
      show(news);
    });
  }
  fillIn(document.querySelector("#code"));
}

// fillIn lets the phone type the code of an SMS that ends with @host #code (WebOTP). Only
// some browsers on phones can.
function fillIn(code) {
  if (!("OTPCredential" in window)) return;
  const typed = new AbortController();
  code.form.addEventListener("submit", () => typed.abort());
  navigator.credentials.get({ otp: { transport: ["sms"] }, signal: typed.signal }).then((otp) => {
    code.value = otp.code;
    code.form.requestSubmit();
  }).catch(() => {}); // The person said no, or has typed it.
}

// numberStep lets people choose a country and type the number as at home. Which digits that
// adds or drops differs by country, so the page's server says it.
function numberStep() {
  const field = document.querySelector("#identifier");
  const country = document.querySelector("#country");
  const problem = document.querySelector("#number-problem");
  country.closest("p").hidden = false;
  document.querySelector("#hint").textContent = "As you write it at home, or with + and the country code.";
  let ready = false;
  field.form.addEventListener("submit", async (event) => {
    if (ready || field.value.trim().startsWith("+")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const answer = await fetch("/number", { method: "POST", body: new URLSearchParams({ country: country.value, number: field.value }) }).catch(() => null);
    problem.hidden = Boolean(answer && answer.ok);
    if (!problem.hidden) {
      problem.textContent = answer ? "That is no phone number of this country." : "The page cannot be reached. Try again.";
      field.focus();
      return;
    }
    field.value = await answer.text();
    ready = true;
    field.form.requestSubmit();
  }, { capture: true });
}

if (step === "code") codeStep();
if (step === "number") numberStep();
