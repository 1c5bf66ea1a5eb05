import Client from "@great-detail/whatsapp";
import { account, api, arrived, components, created, phoneId, template, to, token } from "./mock.mjs";

const sdk = new Client({ prefixUrl: `http://${api}`, request: { headers: { Authorization: `Bearer ${token}` } } });
await arrived(await sdk.message.createMessage({
  phoneNumberID: phoneId, to, type: "template",
  template: { name: "login_code", language: { policy: "deterministic", code: "en_US" }, components },
}).json());
created(await sdk.template.create(account, template).json());
const list = await sdk.template.list(account, { language: ["en_US"], category: ["AUTHENTICATION"], limit: 50 }).json();
console.log("listed templates:", list.data.length);
const number = await sdk.phoneNumbers.getPhoneNumber({ phoneNumberID: phoneId }).json();
console.log("read the number:", number.display_phone_number);
await sdk.subscribedApps.createSubscription({ businessAccountID: account }).json();
console.log("subscribed the app");
