// Microsoft's own test client drives `rdbg dap`: what it takes for granted, every editor may.
"use strict";

const assert = require("node:assert/strict");
const { spawnSync } = require("node:child_process");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { afterEach, beforeEach, test } = require("node:test");
const { DebugClient } = require("@vscode/debugadapter-testsupport");

const RDBG = process.env.RDBG;
const PROGRAM = `\
def divide(a, b):
    share = a / b
    return share

total = 0
for number in (4, 2, 1, 0):
    total += divide(8, number)
`;
let folder, file, client;

beforeEach(async () => {
  folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "rdbg-client-")));
  file = path.join(folder, "app.py");
  fs.writeFileSync(file, PROGRAM);
  client = new DebugClient(RDBG, "dap", "rdbg-python", { cwd: folder });
  client.defaultTimeout = 60_000;
  await client.start();
});

afterEach(async () => {
  await client.stop();
  fs.rmSync(folder, { recursive: true });
});

const launch = { program: "app.py" };
const threadId = 1;

async function top() {
  const { body } = await client.stackTraceRequest({ threadId });
  return body.stackFrames[0];
}

async function valueOf(expression) {
  const frame = await top();
  const { body } = await client.evaluateRequest({ expression, frameId: frame.id, context: "watch" });
  return body.result;
}

test("launch runs to the crash, and step back leads to its cause", { timeout: 60_000 }, async () => {
  const crash = client.assertStoppedLocation("exception", { path: file, line: 2 });
  await Promise.all([crash, client.configurationSequence(), client.launch({ ...launch, cwd: folder })]);
  assert.equal(await valueOf("b"), "0");
  const [stop] = await Promise.all([client.waitForEvent("stopped"), client.stepBackRequest({ threadId })]);
  assert.equal(stop.body.reason, "step");
  const [begin] = await Promise.all([client.waitForEvent("stopped"), client.reverseContinueRequest({ threadId })]);
  assert.equal(begin.body.reason, "entry");
  assert.equal((await top()).line, 1);
});

test("a breakpoint is hit on both ways", { timeout: 60_000 }, async () => {
  spawnSync(RDBG, ["record", "--quiet", "-o", "t.db", "app.py"], { cwd: folder });
  const crash = client.waitForEvent("stopped");
  await Promise.all([
    crash,
    client.waitForEvent("initialized").then(async () => {
      const { body } = await client.setBreakpointsRequest({ source: { path: file }, breakpoints: [{ line: 3 }] });
      assert.deepEqual(body.breakpoints.map((point) => [point.verified, point.line]), [[true, 3]]);
      await client.configurationDoneRequest();
    }),
    client.launch({ trace: path.join(folder, "t.db") }),
  ]);
  const shares = [];
  for (let round = 0; round < 3; round++) {
    const hit = client.assertStoppedLocation("breakpoint", { path: file, line: 3 });
    await Promise.all([hit, client.reverseContinueRequest({ threadId })]);
    shares.push(await valueOf("share"));
  }
  assert.deepEqual(shares, ["8.0", "4.0", "2.0"]);
  const hit = client.assertStoppedLocation("breakpoint", { path: file, line: 3 });
  await Promise.all([hit, client.continueRequest({ threadId })]);
  assert.equal(await valueOf("share"), "4.0");
});
