/** package.json says what the code does: the editor shows from it what it may not be able to find. */

import "./fake-vscode";

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { editor, Uri } from "./fake-vscode";

import { activate } from "../src/extension";
import { DEBUG_TYPE } from "../src/protocol";

const root = join(__dirname, "..", "..");
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const contributes = manifest.contributes;

test("commands are those that the code has", () => {
  activate({ subscriptions: [], extensionUri: Uri.file(root) } as never);
  const declared = contributes.commands.map(({ command }: { command: string }) => command);
  assert.deepEqual([...editor.commands.keys()].sort(), [...declared].sort());
  const menus = Object.values(contributes.menus).flat() as { command: string; when: string }[];
  for (const { command } of [...menus, ...contributes.keybindings]) {
    assert.ok(declared.includes(command) || command.startsWith("workbench.action.debug."), command);
  }
});

test("the debugger's type is the same everywhere", () => {
  const [{ type, initialConfigurations, configurationSnippets }] = contributes.debuggers;
  const bodies = configurationSnippets.map(({ body }: { body: { type: string } }) => body);
  for (const configuration of [{ type }, ...initialConfigurations, ...bodies]) {
    assert.equal(configuration.type, DEBUG_TYPE);
  }
  const conditions = JSON.stringify([contributes.menus, contributes.keybindings]).match(/debugType == '[^']*'/g) ?? [];
  assert.ok(conditions.length > 5);
  assert.deepEqual([...new Set(conditions)], [`debugType == '${DEBUG_TYPE}'`]);
});

test("files that are named exist", () => {
  const icons = contributes.commands.flatMap(({ icon }: { icon?: object }) =>
    typeof icon === "object" ? Object.values(icon) : [],
  );
  assert.equal(icons.length, 4);
  for (const path of [manifest.main, manifest.icon, ...icons, "out/webview/main.js", "media/timeline.css"]) {
    assert.ok(existsSync(join(root, path)), path);
  }
});

test("the licence is the project's", () => {
  assert.equal(readFileSync(join(root, "LICENSE"), "utf8"), readFileSync(join(root, "../../LICENSE"), "utf8"));
});
