/** The extension in a real VS Code: what a person does, and what is then on the screen. */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, test } from "node:test";

import { type Browser, chromium } from "playwright-core";

import { CHROMIUM_OPTIONS, findChromium } from "../chromium";
import { CodeServer } from "./code-server";
import { Workbench } from "./workbench";

const extension = join(__dirname, "..", "..", "..");
const repository = join(extension, "..", "..");
const pictures = join(repository, "target", "vscode-test", "pictures");
const rdbg = process.env["RDBG"] ?? "";

let state: string;
let folder: string;
let server: CodeServer;
let browser: Browser;
let bench: Workbench;

before(async () => {
  const executablePath = findChromium();
  assert.ok(executablePath, "install chromium, or name one in the variable CHROMIUM");
  assert.notEqual(rdbg, "", "the variable RDBG names the command rdbg");
  state = mkdtempSync(join(tmpdir(), "rdbg-editor-"));
  folder = join(state, "shop");
  mkdirSync(folder);
  mkdirSync(pictures, { recursive: true });
  copyFileSync(join(repository, "tests", "demo", "shop.py"), join(folder, "shop.py"));
  const { status } = spawnSync(rdbg, ["record", "--quiet", "-o", "run.db", "shop.py"], { cwd: folder, stdio: "ignore" });
  assert.equal(status, 1, "the shop's audit fails");
  const { version } = JSON.parse(readFileSync(join(extension, "package.json"), "utf8"));
  const home = join(repository, "target", "vscode-test", "code-server");
  server = await CodeServer.start(home, state, join(extension, `rdbg-python-${version}.vsix`), {
    "rdbg.path": rdbg,
    "security.workspace.trust.enabled": false,
    "workbench.startupEditor": "none",
    "workbench.tips.enabled": false,
    "workbench.secondarySideBar.defaultVisibility": "hidden",
    "chat.disableAIFeatures": true,
  });
  browser = await chromium.launch({ executablePath, args: CHROMIUM_OPTIONS });
});

after(async () => {
  await browser?.close();
  await server?.stop();
  rmSync(state, { recursive: true, force: true });
});

beforeEach(async () => {
  const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
  page.setDefaultTimeout(30_000);
  bench = new Workbench(page);
  await bench.open(server.address, folder);
});

afterEach(async (context) => {
  await bench.page.screenshot({ path: join(pictures, `${context.name.replaceAll(/\W+/g, "-")}.png`) });
  await bench.page.close();
});

async function openTrace(): Promise<void> {
  await bench.chooseFromMenu(bench.inExplorer("run.db"), "Open Trace");
  await bench.button("Step Back").waitFor();
  await shows(() => bench.line(), /^raise AuditError/);
}

/** Waits until the screen shows what is expected. */
async function shows(read: () => Promise<string>, expected: RegExp): Promise<void> {
  const end = Date.now() + 20_000;
  let text = await read();
  while (!expected.test(text) && Date.now() < end) {
    await bench.page.waitForTimeout(100);
    text = await read();
  }
  assert.match(text, expected);
}

async function stepBackToTheComparison(): Promise<void> {
  await bench.press("Step Back");
  await shows(() => bench.position(), /^@7766 of 7773$/);
  await bench.press("Step Back");
  await shows(() => bench.line(), /^if account\.paid != due:/);
}

test("from the crash of a trace, Step Back", async () => {
  await openTrace();
  await bench.showDebugView();
  await stepBackToTheComparison();
  await shows(() => bench.variable("due").innerText(), /due\s*=\s*211930/);
  await shows(() => bench.line(), /due = 211930$/);
});

test("back into a call, and back out of it", async () => {
  await openTrace();
  await stepBackToTheComparison();
  await bench.press("Step Back Into");
  await shows(() => bench.position(), /^@7764 /);
  await bench.page.keyboard.press("Shift+Alt+F11");
  await shows(() => bench.position(), /^@7578 /);
  await shows(() => bench.line(), /^due = sum/);
});

test("travel on the timeline", async () => {
  await openTrace();
  await bench.command("rdbg: Show Timeline");
  const timeline = bench.timeline();
  await timeline.locator(".exception").first().waitFor();
  const track = timeline.locator(".track");
  const { width } = (await track.boundingBox()) ?? { width: 0 };
  await track.click({ position: { x: width / 2, y: 10 } });
  await shows(() => bench.position(), /^@38[789]\d /);
  await track.press("Home");
  await shows(() => bench.position(), /^@0 /);
  // The editor takes the keyboard at each stop, and gives it back a moment later.
  const press = async (key: string) => {
    await bench.page.waitForTimeout(500);
    await bench.page.keyboard.press(key);
  };
  for (const expected of [/^@1 /, /^@2 /, /^@3 /]) {
    await press("ArrowRight");
    await shows(() => bench.position(), expected);
  }
  await press("e");
  await shows(() => bench.line(), /^raise AuditError/);
  await press("PageDown");
  await shows(() => bench.position(), /^@76\d\d /);
});

test("the history of a variable", async () => {
  await openTrace();
  await bench.showDebugView();
  await stepBackToTheComparison();
  await bench.chooseFromMenu(bench.variable("account ="), "Value History");
  await bench.choice("@7577").waitFor();
  await bench.page.screenshot({ path: join(pictures, "list-of-values.png") });
  await bench.page.keyboard.press("Home");
  await bench.page.keyboard.press("Enter");
  await shows(() => bench.line(), /^if account\.gold:/);
});

test("F5 on a file that fails, then Step Back", async () => {
  await bench.inExplorer("shop.py").dblclick();
  await bench.page.locator(".view-line").first().click();
  await bench.page.keyboard.press("F5");
  await bench.button("Step Back").waitFor();
  await shows(() => bench.line(), /^raise AuditError/);
  await stepBackToTheComparison();
});
