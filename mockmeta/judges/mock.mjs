// What the judges share: the account of the mock, and the check that a message
// reached the phone.
import assert from "node:assert/strict";

export const api = process.env.MOCK_API;
export const token = "mock-access-token";
export const account = "102290129340398";
export const phoneId = "106540352242922";
export const to = "+12025550143";
export const code = "481920";

export const components = [
  { type: "body", parameters: [{ type: "text", text: code }] },
  { type: "button", sub_type: "url", index: "0", parameters: [{ type: "text", text: code }] },
];

export const template = {
  name: "judged_code",
  language: "en_US",
  category: "AUTHENTICATION",
  components: [
    { type: "BODY", add_security_recommendation: true },
    { type: "FOOTER", code_expiration_minutes: 5 },
    { type: "BUTTONS", buttons: [{ type: "OTP", otp_type: "COPY_CODE", text: "Copy code" }] },
  ],
};

/** Fails unless the code is on the phone; says what the client was answered. */
export async function arrived(answer) {
  const id = answer.messages[0].id;
  assert.match(id, /^wamid\./);
  const res = await fetch(`${process.env.MOCK_CONTROL}/control/wait/messages?to=${encodeURIComponent(to)}&timeout=5s`);
  const { messages } = await res.json();
  assert.equal(messages.at(-1).id, id);
  assert.equal(messages.at(-1).code, code);
  console.log("sent an authentication template");
}

/** Fails unless a template was created. */
export function created(answer) {
  assert.match(String(answer.id), /^[0-9]+$/);
  assert.equal(answer.category, "AUTHENTICATION");
  console.log("created a template:", answer.status);
}
