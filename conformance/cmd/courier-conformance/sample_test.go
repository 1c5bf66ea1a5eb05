package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// standIn is a courier such as Ory's sample: one program of node that sends to Meta's own
// host. It knows codes of digits only.
const standIn = `
const {createServer} = require("http");
const env = process.env;
const send = (message) => {
  const code = /code is: ([0-9]+)/.exec(message.body)?.[1] ?? /([0-9]{4,10})/.exec(message.body)?.[1];
  if (!code) console.log("nothing found by " + __filename);
  if (!code) return {status: 422};
  const text = [{type: "text", text: code}];
  const url = "https://graph.facebook.com/v25.0/" + env.WHATSAPP_PHONE_NUMBER_ID + "/messages";
  const options = {method: "POST",
    headers: {authorization: "Bearer " + env.WHATSAPP_ACCESS_TOKEN, "content-type": "application/json"},
    body: JSON.stringify({messaging_product: "whatsapp", to: message.recipient, type: "template",
      template: {name: env.WHATSAPP_OTP_TEMPLATE, language: {code: env.WHATSAPP_OTP_TEMPLATE_LANG}, components: [
        {type: "body", parameters: text}, {type: "button", sub_type: "url", index: "0", parameters: text}]}})};
  return message.template_type === "login_code_valid" ? fetch(url, options) : fetch(new Request(new URL(url), options));
};
createServer(async (request, response) => {
  let body = "";
  for await (const part of request) body += part;
  if (request.url === "/health") return response.end();
  // What is for another host is sent there.
  const alive = await fetch("http://127.0.0.1:" + env.PORT + "/health");
  const trusted = request.headers["x-webhook-secret"] === env.ORY_WEBHOOK_SECRET;
  response.statusCode = trusted && alive.ok ? (await send(JSON.parse(body))).status : 401;
  response.end();
}).listen(env.PORT, "127.0.0.1");
`

// sample writes the folder of a program of node.
func sample(t *testing.T) (dir string) {
	t.Helper()
	if _, err := exec.LookPath("node"); err != nil {
		require.NotEqual(t, "true", os.Getenv("CI"), "CI has node")
		t.Skip("there is no node")
	}
	dir = t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "package.json"), []byte(`{"main": "stand-in.js"}`), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "stand-in.js"), []byte(standIn), 0o600))
	return dir
}

// TestASampleOfNodeIsJudged needs bin/kratos and bin/mockmeta.
func TestASampleOfNodeIsJudged(t *testing.T) {
	t.Parallel()
	dir := sample(t)
	env := []string{"PATH=" + os.Getenv("PATH"), "ORY_EXPRESS_DIR=" + dir}
	for variable, name := range map[string]string{"KRATOS_BIN": "kratos", "MOCKMETA_BIN": "mockmeta"} {
		program := os.Getenv(variable)
		if program == "" {
			program = filepath.Join("..", "..", "..", "bin", name)
		}
		program, err := filepath.Abs(program)
		require.NoError(t, err)
		env = append(env, variable+"="+program)
	}
	args := []string{
		"run", "--target", "ory-express", "--target-version", "a stand-in", "--jobs", "1",
		"--focus", "a message of Kratos is delivered: login, v1.3.1", "--focus", "a message of Kratos is delivered: verification, v1.3.1",
		"--focus", "goes by SMS otherwise: letters",
	}
	got := callWith(t, env, args...)
	specs := judged(t, got)
	require.Len(t, specs, 3)
	outcomes := map[string]string{}
	for _, spec := range specs {
		outcomes[spec.Name] = spec.Outcome
	}
	require.Equal(t, map[string]string{
		"a message of Kratos is delivered: login, v1.3.1":                                              "pass",
		"a message of Kratos is delivered: verification, v1.3.1":                                       "pass",
		"a message of Kratos carries any code that WhatsApp takes, and goes by SMS otherwise: letters": "fail",
	}, outcomes, got.out)
	require.Contains(t, got.out, "422", "it is the sample's own answer")
	require.Equal(t, 1, got.status)
	require.Contains(t, got.out, " of ory-express, in ")

	page := func(got outcome) string {
		raw, err := os.ReadFile(filepath.Join(got.dir, "conformance-report", "report.html"))
		require.NoError(t, err)
		return string(raw)
	}
	require.Contains(t, page(got), "nothing found by (folder)/stand-in.js", "its log, without where it lies on this machine")
	require.NotContains(t, page(callWith(t, env, append(args, "--without-logs")...)), "nothing found by")
}
