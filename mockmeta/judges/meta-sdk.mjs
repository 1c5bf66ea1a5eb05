import { createRequire } from "node:module";
import { arrived, components, phoneId, to, token } from "./mock.mjs";

Object.assign(process.env, {
  WA_BASE_URL: "localhost", M4D_APP_ID: "1", M4D_APP_SECRET: "mock-app-secret", WA_PHONE_NUMBER_ID: phoneId,
  WA_BUSINESS_ACCOUNT_ID: "1", CLOUD_API_VERSION: "v25.0", CLOUD_API_ACCESS_TOKEN: token,
  WEBHOOK_ENDPOINT: "webhook", WEBHOOK_VERIFICATION_TOKEN: "mock-verify-token", LISTENER_PORT: "0",
});
const WhatsApp = createRequire(import.meta.url)("whatsapp").default ?? createRequire(import.meta.url)("whatsapp");
const wa = new WhatsApp(Number(phoneId));
const sent = await wa.messages.template({ name: "login_code", language: { policy: "deterministic", code: "en_US" }, components }, to.slice(1));
await arrived(await sent.responseBodyToJSON());
console.log("(over https; it has no call for templates)");
process.exit(0);
