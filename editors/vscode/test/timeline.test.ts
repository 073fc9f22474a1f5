/** The timeline's page in a real browser, under the policy that it has in the editor. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, beforeEach, describe, test } from "node:test";

import { type Browser, chromium, type Page } from "playwright-core";

import { timelinePage } from "../src/timeline-page";
import type { FromPage, Timeline, ToPage } from "../src/webview/shapes";
import { CHROMIUM_OPTIONS, findChromium } from "./chromium";

/** Two threads, ten buckets of 100 events; the second runs in the middle, and deep. */
const TIMELINE: Timeline = {
  events: 1000,
  threads: [
    { id: 1, name: "MainThread" },
    { id: 7, name: "<b>worker</b>" },
  ],
  buckets: Array.from({ length: 10 }, (_, index): Timeline["buckets"][number] => {
    const busy = index === 4 || index === 5;
    return {
      from: index * 100,
      to: index * 100 + 100,
      counts: busy ? { 1: 20, 7: 80 } : { 1: 100 },
      depth: busy ? { 1: 0, 7: 3 } : { 1: 1 },
    };
  }),
  exceptions: [
    { position: 455, threadId: 7, type: "KeyError", text: "'<i>x</i>'" },
    { position: 997, threadId: 1, type: "ValueError", text: "" },
  ],
  exceptionsTotal: 5,
};

const WIDTH = 1100;
const executable = findChromium();
if (executable === undefined) {
  console.error("NOT RUN: the timeline's tests in a browser; install chromium, or name one in the variable CHROMIUM");
}

describe("the timeline", { skip: executable === undefined }, () => {
  let server: Server;
  let browser: Browser;
  let page: Page;
  let complaints: string[];

  before(async () => {
    server = await serve();
    browser = await chromium.launch({ executablePath: executable ?? "", args: CHROMIUM_OPTIONS });
  });

  after(async () => {
    await browser.close();
    server.close();
  });

  beforeEach(async () => {
    await page?.close();
    page = await browser.newPage({ viewport: { width: WIDTH, height: 160 } });
    complaints = [];
    page.on("console", (message) => complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("request", (request) => {
      if (!request.url().startsWith(addressOf(server))) {
        complaints.push(request.url());
      }
    });
    await page.addInitScript(() => {
      const said: unknown[] = [];
      Object.assign(globalThis, { said, acquireVsCodeApi: () => ({ postMessage: (message: unknown) => said.push(message) }) });
    });
    await page.goto(addressOf(server));
    assert.deepEqual(await said(), [{ kind: "ready" }]);
    await tell({ kind: "timeline", timeline: TIMELINE });
    await tell({ kind: "place", place: { position: 600, events: 1000 } });
  });

  /** What the page has said since it was asked last. */
  async function said(): Promise<FromPage[]> {
    return await page.evaluate("said.splice(0)");
  }

  async function tell(message: ToPage): Promise<void> {
    await page.evaluate(`new Promise((heard) => {
      window.addEventListener("message", heard, { once: true });
      window.postMessage(${JSON.stringify(message)}, "*");
    })`);
  }

  /** The place on the screen of a position, in the lane of a thread. */
  async function point(position: number, thread = 1): Promise<{ x: number; y: number }> {
    const box = await page.locator(`.lane[data-thread="${thread}"]`).boundingBox();
    assert.ok(box);
    return { x: box.x + ((position + 0.5) / TIMELINE.events) * box.width, y: box.y + box.height - 4 };
  }

  test("the page keeps to its policy, and loads nothing from elsewhere", () => {
    assert.deepEqual(complaints, []);
  });

  test("a lane is as high as calls are deep, and as dense as events are many", async () => {
    const paths = async (thread: number) =>
      await page.locator(`.lane[data-thread="${thread}"] path`).evaluateAll((all) => all.map((one) => one.getAttribute("d")));
    const worker = await paths(7);
    assert.deepEqual(worker, ["", "", "", "M400 1v-1h100v1zM500 1v-1h100v1z"]);
    const [thin, , , full] = await paths(1);
    assert.equal(thin, "M400 1v-0.25h100v0.25zM500 1v-0.25h100v0.25z");
    assert.match(full ?? "", /^M0 1v-0.5h100v0.5zM100 /);
  });

  test("names and exceptions are text, whatever they hold", async () => {
    assert.deepEqual(await page.locator(".name").allTextContents(), ["MainThread", "<b>worker</b>"]);
    const at = await point(455, 7);
    await page.mouse.move(at.x, at.y);
    assert.equal(
      await page.locator(".readout").textContent(),
      "@455 of 1000 · KeyError: '<i>x</i>' · 2 of 5 exceptions are marked",
    );
  });

  test("the pointer is told what is there, and leaves the present position", async () => {
    const readout = page.locator(".readout");
    const at = await point(520);
    await page.mouse.move(at.x, at.y);
    assert.match(
      (await readout.textContent()) ?? "",
      /^@520 of 1000 · MainThread: 20 events around here, down to depth 0 · <b>worker<\/b>: 80 events/,
    );
    await page.mouse.move(at.x, 159);
    assert.match((await readout.textContent()) ?? "", /^@600 of 1000/);
  });

  test("a click goes there, a drag goes along", async () => {
    const [from, over, to] = [await point(100), await point(250), await point(300)];
    await page.mouse.move(from.x, from.y);
    await page.mouse.down();
    await page.mouse.move(over.x, over.y);
    await page.mouse.move(to.x, -20);
    await page.mouse.up();
    await page.mouse.move(from.x, from.y);
    assert.deepEqual(await said(), [100, 250, 300].map((position) => ({ kind: "go", position })));
    assert.equal(await page.locator(".track").getAttribute("aria-valuenow"), "300");
  });

  test("a click beside an exception goes to the exception", async () => {
    const at = await point(455, 7);
    await page.mouse.click(at.x + 3, at.y);
    assert.deepEqual(await said(), [{ kind: "go", position: 455 }]);
  });

  test("a drag past the ends stays within the trace", async () => {
    const at = await point(100);
    await page.mouse.move(at.x, at.y);
    await page.mouse.down();
    await page.mouse.move(-50, at.y);
    await page.mouse.move(WIDTH + 50, at.y);
    await page.mouse.up();
    assert.deepEqual((await said()).slice(1), [{ kind: "go", position: 0 }, { kind: "go", position: 999 }]);
  });

  test("the keyboard does all of it", async () => {
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate("document.activeElement.role"), "slider");
    const keys: [string, FromPage | undefined][] = [
      ["ArrowRight", { kind: "step", back: false }],
      ["ArrowLeft", { kind: "step", back: true }],
      ["PageUp", { kind: "go", position: 610 }],
      ["PageDown", { kind: "go", position: 600 }],
      ["e", { kind: "go", position: 997 }],
      ["e", undefined],
      ["Shift+E", { kind: "go", position: 455 }],
      ["End", { kind: "go", position: 999 }],
      ["PageUp", undefined],
      ["Home", { kind: "go", position: 0 }],
      ["Shift+E", undefined],
      ["Control+e", undefined],
      ["x", undefined],
    ];
    for (const [key, expected] of keys) {
      await page.keyboard.press(key);
      assert.deepEqual(await said(), expected === undefined ? [] : [expected], key);
    }
  });

  test("the present position is shown, and told to those who do not see it", async () => {
    await tell({ kind: "place", place: { position: 249, events: 1000 } });
    const track = page.locator(".track");
    const told = await Promise.all(["min", "max", "now", "text"].map((name) => track.getAttribute(`aria-value${name}`)));
    assert.deepEqual(told, ["0", "999", "249", "@249 of 1000"]);
    const cursor = await page.locator(".cursor").boundingBox();
    assert.ok(cursor);
    assert.ok(Math.abs(cursor.x + cursor.width / 2 - (await point(249)).x) < 1);
  });

  test("who travels by keyboard gets it back from the editor, who points does not", async () => {
    const lose = () => page.evaluate('window.dispatchEvent(new Event("blur"))');
    await page.keyboard.press("Tab");
    await page.keyboard.press("End");
    await lose();
    assert.deepEqual(await said(), [{ kind: "go", position: 999 }, { kind: "lostFocus" }]);
    const at = await point(100);
    await page.mouse.click(at.x, at.y);
    await lose();
    assert.deepEqual(await said(), [{ kind: "go", position: 100 }]);
  });

  test("colours are the theme's", async () => {
    const colour = () => page.evaluate('getComputedStyle(document.querySelector(".lane svg")).fill');
    for (const [value, expected] of [["#123456", "rgb(18, 52, 86)"], ["#abcdef", "rgb(171, 205, 239)"]] as const) {
      await page.evaluate(`document.documentElement.style.setProperty("--vscode-charts-blue", "${value}")`);
      assert.equal(await colour(), expected);
    }
  });

  test("without a timeline there is a line of text", async () => {
    await tell({ kind: "empty", text: "No <b>session</b>." });
    assert.equal(await page.locator(".note").textContent(), "No <b>session</b>.");
    assert.equal(await page.locator(".track").isVisible(), false);
  });
});

function addressOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

/** Serves the page and its files, as the editor does. */
async function serve(): Promise<Server> {
  const root = join(__dirname, "..", "..");
  const files: Record<string, [string, string]> = {
    "/main.js": ["text/javascript", "out/webview/main.js"],
    "/chart.js": ["text/javascript", "out/webview/chart.js"],
    "/timeline.css": ["text/css", "media/timeline.css"],
  };
  const server = createServer((request, response) => {
    const file = files[request.url ?? ""];
    if (request.url === "/favicon.ico") {
      response.writeHead(204).end();
    } else if (file !== undefined) {
      response.setHeader("content-type", file[0]).end(readFileSync(join(root, file[1])));
    } else {
      const page = timelinePage({ source: addressOf(server), script: "main.js", style: "timeline.css" });
      response.setHeader("content-type", "text/html").end(page);
    }
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return server;
}
