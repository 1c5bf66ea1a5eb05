// Runs every judge against mockmeta and says what each of them saw. A judge is
// an independent client of the Cloud API, used as its README says.
//
//   MOCKMETA_BIN  the program (default ../../bin/mockmeta)
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const binary = process.env.MOCKMETA_BIN ?? join(here, "../../bin/mockmeta");
const judges = [
  { name: "great-detail", file: "great-detail.mjs" },
  { name: "kapso", file: "kapso.mjs" },
  { name: "whatsapp-api-js", file: "whatsapp-api-js.mjs" },
  { name: "cloudapi-client", file: "cloudapi-client.mjs" },
  // It can be told a host but no port, and speaks https only.
  { name: "whatsapp (Meta's archived SDK)", file: "meta-sdk.mjs", args: ["--tls", "--api", "127.0.0.1:443"] },
];

async function withMock(args, use) {
  const dir = mkdtempSync(join(tmpdir(), "mockmeta-"));
  const file = join(dir, "addresses.json");
  const ca = join(dir, "ca.pem");
  const all = ["serve", "--api", "127.0.0.1:0", "--control", "127.0.0.1:0", "--address-file", file, ...args];
  if (args.includes("--tls")) all.push("--ca-file", ca);
  const mock = spawn(binary, all, { stdio: ["ignore", "ignore", "pipe"] });
  let log = "";
  mock.stderr.on("data", (d) => { log += d; });
  mock.on("error", (e) => { log += e; });
  try {
    for (let i = 0; ; i++) {
      try {
        const at = JSON.parse(readFileSync(file));
        return await use({ api: at.api, control: "http://" + at.control, ca: args.includes("--tls") ? ca : undefined });
      } catch (e) {
        if (e.code !== "ENOENT") throw e;
        if (mock.exitCode !== null || i > 200) return { skipped: log.trim() };
        await sleep(25);
      }
    }
  } finally {
    mock.kill();
    rmSync(dir, { recursive: true });
  }
}

function runJudge(file, mock) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(here, file)], {
      env: { ...process.env, MOCK_API: mock.api, MOCK_CONTROL: mock.control, ...(mock.ca && { NODE_EXTRA_CA_CERTS: mock.ca }) },
    });
    let out = "";
    child.stdout.on("data", (d) => { out += d; });
    child.stderr.on("data", (d) => { out += d; });
    child.on("close", (code) => resolve({ ok: code === 0, out: out.trim() }));
  });
}

let failed = 0;
for (const judge of judges) {
  const result = await withMock(judge.args ?? [], (mock) => runJudge(judge.file, mock));
  if (result.skipped) {
    console.log(`skipped  ${judge.name}: ${result.skipped.split("\n").pop()}`);
    continue;
  }
  if (!result.ok) failed++;
  console.log(`${result.ok ? "passed " : "FAILED "}  ${judge.name}\n         ${result.out.replaceAll("\n", "\n         ")}`);
}
process.exit(failed ? 1 : 0);
