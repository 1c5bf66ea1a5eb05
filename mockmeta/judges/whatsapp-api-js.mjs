import { WhatsAppAPI } from "whatsapp-api-js";
import { BodyComponent, BodyParameter, Language, Template, URLComponent } from "whatsapp-api-js/messages";
import { account, api, arrived, code, created, phoneId, template, to, token } from "./mock.mjs";

// The client's host is fixed; its README offers a fetch of one's own.
const here = (url, options) => fetch(String(url).replace("https://graph.facebook.com", `http://${api}`), options);
const whatsapp = new WhatsAppAPI({ token, appSecret: "mock-app-secret", ponyfill: { fetch: here } });
await arrived(await whatsapp.sendMessage(phoneId, to, new Template(
  "login_code", new Language("en_US", "deterministic"),
  new URLComponent(code), new BodyComponent(new BodyParameter(code)),
)));
// It has no call for templates; this is its documented way to reach the rest.
const made = await whatsapp.$$apiFetch$$(`https://graph.facebook.com/v24.0/${account}/message_templates`, {
  method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(template),
});
created(await made.json());
