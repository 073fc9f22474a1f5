/** How a session starts: from F5, launch.json, a command or a file. */

import "./fake-vscode";

import assert from "node:assert/strict";
import { join } from "node:path";
import { beforeEach, test } from "node:test";

import { editor, type Folder, reset, Session, Uri } from "./fake-vscode";
import { temporaryFolder, TRACE, write, writeProgram } from "./files";

import { Configurations } from "../src/configuration";
import { activate } from "../src/extension";

const configurations = new Configurations();
let root = "";

beforeEach(() => {
  reset();
  root = temporaryFolder();
  process.env["PATH"] = join(root, "bin");
  editor.folders = [{ uri: Uri.file(join(root, "project")) }];
});

const open = (languageId: string) => {
  editor.activeTextEditor = { document: { languageId, uri: Uri.file(join(root, "project", "app.py")) } };
};

const complete = (configuration: object, folder?: Folder) =>
  configurations.resolveDebugConfigurationWithSubstitutedVariables(folder as never, {
    type: "rdbg-python",
    request: "launch",
    name: "test",
    ...configuration,
  });

test("F5 without launch.json records the open file", async () => {
  open("python");
  assert.deepEqual(await configurations.resolveDebugConfiguration(undefined, { type: "", request: "", name: "" }), {
    type: "rdbg-python",
    request: "launch",
    name: "rdbg: record this file",
    program: "${file}",
  });
  open("markdown");
  assert.equal(await configurations.resolveDebugConfiguration(undefined, { type: "", request: "", name: "" }), undefined);
  assert.match(editor.messages[0] ?? "", /rdbg records Python/);
});

test("a written configuration stays as it is", async () => {
  writeProgram(join(root, "bin", "rdbg"));
  const written = { type: "rdbg-python", request: "launch", name: "mine", module: "pkg.app", args: ["1"], cwd: "/" };
  assert.equal(await configurations.resolveDebugConfiguration(undefined, written), written);
  assert.equal(await configurations.resolveDebugConfigurationWithSubstitutedVariables(undefined, written), written);
});

test("folders that were not named are the workspace's, or the program's", async () => {
  writeProgram(join(root, "bin", "rdbg"));
  const folder = editor.folders[0] as Folder;
  const trace = write(join(root, "project", "old", "run.db"), TRACE);
  assert.equal((await complete({ program: "/src/app.py" }, folder))?.["cwd"], join(root, "project"));
  assert.equal((await complete({ program: "/src/app.py" }))?.["cwd"], "/src");
  const opened = await complete({ trace: "old/run.db" }, folder);
  assert.deepEqual([opened?.["trace"], opened?.["cwd"]], [trace, undefined]);
});

test("a configuration names one thing to debug", async () => {
  assert.equal(await complete({}), null);
  assert.equal(await complete({ program: "a.py", trace: "a.db" }), null);
  assert.match(editor.messages[0] ?? "", /has to name one of program, module, code, trace; it names none\.$/);
  assert.match(editor.messages[1] ?? "", /it names program and trace\.$/);
});

test("what is no trace is refused before a server is started", async () => {
  const text = write(join(root, "notes.db"), "notes");
  assert.equal(await complete({ trace: text }), undefined);
  assert.match(editor.messages[0] ?? "", /^notes\.db is not a trace/);
});

test("a missing rdbg is told with the next move", async () => {
  assert.equal(await complete({ program: "a.py" }), undefined);
  assert.match(editor.messages[0] ?? "", /python -m pip install rdbg/);
});

test("the server is the rdbg that was found", async () => {
  const session = new Session("a");
  session.workspaceFolder = editor.folders[0];
  const server = async () => {
    const { command, args, options } = (await configurations.createDebugAdapterDescriptor(session as never)) as never;
    return { command, args, options };
  };
  const cwd = join(root, "project");
  const expected = (command: string, ...more: string[]) => ({ command, args: ["dap", ...more], options: { cwd } });
  const common = writeProgram(join(root, "bin", "rdbg"));
  assert.deepEqual(await server(), expected(common));
  const chosen = writeProgram(join(root, "env", "bin", "rdbg"));
  editor.pythonExtension = {
    activate: async () => ({
      environments: {
        getActiveEnvironmentPath: () => ({ path: "env" }),
        resolveEnvironment: async () => ({ executable: { uri: Uri.file(join(root, "env", "bin", "python")) } }),
      },
    }),
  };
  assert.deepEqual(await server(), expected(chosen));
  editor.pythonExtension = { activate: () => Promise.reject(new Error("broken")) };
  assert.deepEqual(await server(), expected(common));
  const own = writeProgram(join(root, "own"));
  editor.settings["rdbg.path"] = ` ${own} `;
  assert.deepEqual(await server(), expected(own));
  session.configuration = { port: 4711 };
  assert.deepEqual(await server(), expected(own, "--connect", "4711"));
  session.configuration = { port: 4711, tokenFile: "here" };
  assert.deepEqual(await server(), expected(own, "--connect", "4711", "--token-file", "here"));
});

test("a trace is opened from the explorer, anything else is refused", async () => {
  activate({ subscriptions: [], extensionUri: Uri.file("/extension") } as never);
  const command = editor.commands.get("rdbg.openTrace");
  const trace = write(join(root, "project", "run.db"), TRACE);
  await command?.(Uri.file(trace));
  assert.deepEqual(editor.started, [
    [editor.folders[0], { type: "rdbg-python", request: "launch", name: "rdbg: run.db", trace }],
  ]);
  await command?.(Uri.file(write(join(root, "other.db"), "")));
  await command?.(new Uri("vscode-vfs", "/run.db"));
  assert.equal(editor.started.length, 1);
  assert.match(editor.messages[0] ?? "", /^other\.db is empty/);
  assert.match(editor.messages[1] ?? "", /has to be a file/);
});

test("the open file is recorded by a command", async () => {
  activate({ subscriptions: [], extensionUri: Uri.file("/extension") } as never);
  const command = editor.commands.get("rdbg.debugFile");
  await command?.();
  assert.match(editor.messages[0] ?? "", /records Python files/);
  open("python");
  await command?.();
  assert.equal(editor.started[0]?.[1]["program"], join(root, "project", "app.py"));
});
