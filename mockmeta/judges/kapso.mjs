import { TemplateDefinition, WhatsAppClient, buildTemplateSendPayload } from "@kapso/whatsapp-cloud-api";
import { account, api, arrived, code, created, phoneId, to, token } from "./mock.mjs";

const client = new WhatsAppClient({ baseUrl: `http://${api}`, accessToken: token });
await arrived(await client.messages.sendTemplate({
  phoneNumberId: phoneId, to,
  template: buildTemplateSendPayload({
    name: "login_code", language: "en_US",
    body: [{ type: "text", text: code }],
    buttons: [{ type: "button", subType: "url", index: 0, parameters: [{ type: "text", text: code }] }],
  }),
}));
created(await client.templates.create({
  businessAccountId: account,
  ...TemplateDefinition.buildTemplateDefinition({
    name: "judged_code", language: "en_US", category: "AUTHENTICATION", messageSendTtlSeconds: 60,
    components: [
      { type: "BODY", addSecurityRecommendation: true },
      { type: "FOOTER", codeExpirationMinutes: 10 },
      { type: "BUTTONS", buttons: [{ type: "OTP", otpType: "COPY_CODE" }] },
    ],
  }),
}));
const list = await client.templates.list({ businessAccountId: account, limit: 3 });
console.log("listed templates:", list.data.length);
await client.templates.delete({ businessAccountId: account, name: "judged_code" });
console.log("deleted the template");
