import { sendTemplateMessage } from "@whatsapp-cloudapi/client";
import { api, arrived, components, phoneId, to, token } from "./mock.mjs";

await arrived(await sendTemplateMessage({
  accessToken: token, from: phoneId, to, templateName: "login_code", languageCode: "en_US", components,
  bizOpaqueCallbackData: "judge.1", baseUrl: `http://${api}`,
}));
console.log("(it has no call for templates)");
