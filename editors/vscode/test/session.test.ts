/** What the extension does in a session, seen through the editor. */

import "./fake-vscode";

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";

import { editor, QuickPick, reset, Session, stopIn, Uri } from "./fake-vscode";

import { activate } from "../src/extension";

const TIMELINE = { events: 900, threads: [], buckets: [], exceptions: [], exceptionsTotal: 0 };

beforeEach(() => {
  reset();
  activate({ subscriptions: [], extensionUri: Uri.file("/extension") } as never);
});

function registered<T>(what: string): T {
  const found = editor.registered.find(([name]) => name === what);
  assert.ok(found, what);
  return found[1] as T;
}

async function command(name: string, ...given: unknown[]): Promise<void> {
  const run = editor.commands.get(name);
  assert.ok(run, name);
  await run(...given);
}

/** The server of a session says that it has stopped. */
async function stopped(session: Session, position: number): Promise<void> {
  interface Factory {
    createDebugAdapterTracker(session: Session): { onDidSendMessage(message: unknown): void };
  }
  const tracker = registered<Factory>("tracker rdbg-python").createDebugAdapterTracker(session);
  stopIn(session);
  tracker.onDidSendMessage({ type: "event", event: "continued", body: {} });
  tracker.onDidSendMessage({ type: "event", event: "stopped", body: { rdbg: { position, events: 900 } } });
  await turn();
}

/** The timeline's view, with a page that keeps what it is told. */
function openTimeline() {
  const told: { kind: string; text?: string; place?: unknown }[] = [];
  let hear: (message: unknown) => Promise<void> = async () => undefined;
  let shows = 0;
  const webview = {
    cspSource: "own:",
    options: {},
    html: "",
    asWebviewUri: (uri: Uri) => `own:${uri.fsPath}`,
    onDidReceiveMessage: (listener: typeof hear) => (hear = listener),
    postMessage: (message: (typeof told)[number]) => told.push(message),
  };
  const view = { webview, onDidDispose: () => undefined, show: () => (shows += 1) };
  registered<{ resolveWebviewView(view: unknown): void }>("view rdbg.timeline").resolveWebviewView(view);
  return { told, webview, says: (message: unknown) => hear(message), shows: () => shows };
}

test("the status bar shows the position of the active session", async () => {
  const [item] = editor.statusBar;
  await stopped(new Session("a"), 812);
  assert.deepEqual([item?.text, item?.isShown], ["$(history) @812 of 900", true]);
  const [first] = [editor.activeSession as Session];
  await stopped(new Session("b"), 5);
  assert.equal(item?.text, "$(history) @5 of 900");
  editor.activeSession = first;
  editor.sessionChanged.fire(first);
  assert.equal(item?.text, "$(history) @812 of 900");
  editor.sessionEnded.fire(first);
  assert.equal(item?.isShown, false);
});

test("reverse steps are asked for the selected thread", async () => {
  await command("rdbg.reverseStepIn");
  assert.match(editor.messages[0] ?? "", /No rdbg session has stopped/);
  const session = new Session("a");
  stopIn(session, 7);
  await command("rdbg.reverseStepIn");
  await command("rdbg.reverseStepOut");
  assert.deepEqual(session.asked, [
    ["reverseStepIn", { threadId: 7 }],
    ["reverseStepOut", { threadId: 7 }],
  ]);
});

test("another debugger's session is left alone", async () => {
  class Other extends Session {
    override readonly type = "python";
  }
  const session = new Other("a");
  stopIn(session);
  await command("rdbg.reverseStepOut");
  await command("rdbg.goToPosition");
  await command("rdbg.valueHistory");
  assert.deepEqual(session.asked, []);
  assert.equal(editor.messages.length, 3);
});

test("a position is asked for, in all its spellings", async () => {
  const session = new Session("a");
  await stopped(session, 10);
  for (const [text, position] of [["@812", 812], ["5", 5], [" 50% ", 449], ["start", 0], ["End", 899], ["99999", 899]] as const) {
    editor.inputAnswer = text;
    await command("rdbg.goToPosition");
    assert.deepEqual(session.asked.pop(), ["goToPosition", { position }], text);
  }
  for (const text of ["", "-1", "12x", "@"]) {
    editor.inputAnswer = text;
    await command("rdbg.goToPosition");
    assert.match(editor.messages.pop() ?? "", /This is no position/, text);
  }
  assert.equal(session.asked.filter(([request]) => request === "goToPosition").length, 0);
});

test("a refusal is shown, and cannot bring a link along", async () => {
  const session = new Session("a", () => {
    throw new Error("damaged: [here](command:rm)");
  });
  stopIn(session);
  await command("rdbg.reverseStepIn");
  assert.deepEqual(editor.messages, ["damaged: [here] (command:rm)"]);
});

test("of the journeys asked for during one, the last is made", async () => {
  let arrive: () => void = () => undefined;
  const session = new Session("a", (request) =>
    request === "goToPosition" ? new Promise<void>((resolve) => (arrive = resolve)) : TIMELINE,
  );
  const page = openTimeline();
  await stopped(session, 1);
  const all = [10, 20, 30].map((position) => page.says({ kind: "go", position }));
  arrive();
  await turn();
  arrive();
  await Promise.all(all);
  const journeys = session.asked.filter(([request]) => request === "goToPosition");
  assert.deepEqual(journeys.map(([, body]) => body), [{ position: 10 }, { position: 30 }]);
});

test("the timeline is read once, and follows the session", async () => {
  const page = openTimeline();
  await page.says({ kind: "ready" });
  assert.deepEqual(page.told, [{ kind: "empty", text: "No rdbg session." }]);
  const session = new Session("a", () => TIMELINE);
  editor.activeSession = session;
  editor.sessionChanged.fire(session);
  await stopped(session, 3);
  await stopped(session, 4);
  assert.deepEqual(page.told.slice(1), [
    { kind: "empty", text: "The program is being recorded." },
    { kind: "timeline", timeline: TIMELINE },
    { kind: "place", place: { position: 3, events: 900 } },
    { kind: "place", place: { position: 4, events: 900 } },
  ]);
  assert.deepEqual(session.asked, [["timeline", { buckets: 400 }]]);
  await page.says({ kind: "ready" });
  assert.deepEqual(page.told.slice(-2).map(({ kind }) => kind), ["timeline", "place"]);
  assert.ok(editor.executed.some((given) => given.join(" ") === "setContext rdbg.hasSession true"));
});

test("why there is no timeline is shown in its place", async () => {
  const page = openTimeline();
  await stopped(new Session("a", () => ({ events: 3 })), 1);
  assert.deepEqual(page.told, [{ kind: "empty", text: "rdbg answered without threads" }]);
});

test("the timeline's arrow keys step, and it gets the keyboard back", async () => {
  const page = openTimeline();
  const session = new Session("a", (request) => (request === "timeline" ? TIMELINE : undefined));
  await stopped(session, 3);
  await page.says({ kind: "step", back: true });
  await page.says({ kind: "step", back: false });
  assert.deepEqual(session.asked.slice(1), [
    ["reverseStepIn", { threadId: 1 }],
    ["stepIn", { threadId: 1 }],
  ]);
  await page.says({ kind: "lostFocus" });
  assert.equal(page.shows(), 1);
});

test("the page may load its own files only", () => {
  const { html } = openTimeline().webview;
  assert.match(html, /content="default-src 'none'; style-src own:; script-src own:"/);
  assert.doesNotMatch(html, /https?:/);
});

const CHANGES = [
  { position: 3, value: "0", line: 4, path: "/src/app.py" },
  { position: 8, value: "'$(error)'", line: 9, path: "/src/app.py" },
  { position: 12, value: "2" },
];

test("the history of a variable leads to where it changed", async () => {
  const session = new Session("a", (request) =>
    request === "history" ? { changes: CHANGES, total: 3, complete: true } : TIMELINE,
  );
  await stopped(session, 9);
  const active: (string | undefined)[] = [];
  editor.choose = (picker: QuickPick) => {
    active.push(picker.activeItems[0]?.label);
    return picker.items[2];
  };
  await command("rdbg.valueHistory", { variable: { name: "x", evaluateName: "self.x" } });
  const [picker] = editor.quickPicks;
  assert.equal(picker?.title, "self.x: 3 values");
  assert.deepEqual(
    picker?.items.map(({ label, description }) => [label, description]),
    [["0", "@3  app.py:4"], ["'\\$(error)'", "@8  app.py:9"], ["2", "@12"]],
  );
  assert.deepEqual(active, ["'\\$(error)'"]);
  assert.deepEqual(session.asked.slice(-2), [
    ["history", { expression: "self.x", limit: 1000, frameId: 10 }],
    ["goToPosition", { position: 12 }],
  ]);
});

test("a history says what it leaves out", async () => {
  const session = new Session("a", () => ({ changes: CHANGES, total: 50, complete: false }));
  stopIn(session);
  editor.inputAnswer = "x";
  await command("rdbg.valueHistory");
  assert.equal(editor.quickPicks[0]?.title, "x: 3 of 50 values, not all of the trace was searched");
  assert.deepEqual(session.asked.map(([request]) => request), ["history"]);
});

test("without a value or an expression there is no list", async () => {
  const session = new Session("a", () => ({ changes: [], total: 0, complete: true }));
  stopIn(session);
  await command("rdbg.valueHistory", { variable: { name: "len()", value: "3" } });
  await command("rdbg.valueHistory", { variable: { name: "x", evaluateName: "x" } });
  assert.match(editor.messages[0] ?? "", /no expression of its own/);
  assert.equal(editor.messages[1], "No value of x was recorded.");
  assert.deepEqual(editor.quickPicks, []);
});

test("values are shown beside lines, in sessions of rdbg only", () => {
  interface Provider {
    provideInlineValues(document: unknown, viewPort: unknown, context: unknown): { variableName: string }[];
  }
  const provider = registered<Provider>('inlineValues {"language":"python"}');
  const document = { getText: () => "a = 1\r\nb = a\r\nc = b\r\n" };
  const viewPort = { start: { line: 1 }, end: { line: 9 } };
  const values = () =>
    provider
      .provideInlineValues(document, viewPort, { stoppedLocation: { end: { line: 1 } } })
      .map(({ variableName }) => variableName);
  assert.deepEqual(values(), []);
  stopIn(new Session("a"));
  assert.deepEqual(values(), ["b", "a"]);
});
