import assert from "node:assert/strict";
import { join } from "node:path";
import { beforeEach, test } from "node:test";

import { findRdbg, NotFound, type Surroundings } from "../src/find-rdbg";
import { temporaryFolder, write, writeProgram } from "./files";

let root = "";
let where: Surroundings;

beforeEach(() => {
  root = temporaryFolder();
  where = {
    setting: "",
    folders: [join(root, "project")],
    interpreter: join(root, "chosen", "bin", "python"),
    path: `relative:${join(root, "one")}:${join(root, "two")}`,
    home: root,
    platform: "linux",
  };
});

test("the first place of the order wins", async () => {
  const places = ["two", "one", "chosen/bin", "project/venv/bin", "project/.venv/bin"];
  for (const place of places) {
    const command = writeProgram(join(root, place, "rdbg"));
    assert.equal(await findRdbg(where), command);
  }
});

test("the setting comes before all, and has to be right", async () => {
  writeProgram(join(root, "project", ".venv", "bin", "rdbg"));
  const own = writeProgram(join(root, "project", "tools", "rdbg"));
  for (const setting of [own, "${workspaceFolder}/tools/rdbg", "~/project/tools/rdbg", "tools/rdbg"]) {
    assert.equal(await findRdbg({ ...where, setting }), own);
  }
  await assert.rejects(findRdbg({ ...where, setting: "tools/absent" }), {
    constructor: NotFound,
    message: "The setting rdbg.path is tools/absent, and there is no rdbg command there.",
  });
});

test("Ruby's debugger, folders and files that cannot be run are passed over", async () => {
  writeProgram(join(root, "project", ".venv", "bin", "rdbg"), "#!/usr/bin/env ruby\n");
  write(join(root, "chosen", "bin", "rdbg", "file"), "");
  write(join(root, "one", "rdbg"), "#!/bin/sh\n");
  const command = writeProgram(join(root, "two", "rdbg"), "#!/usr/bin/python3\n");
  assert.equal(await findRdbg(where), command);
});

test("without any, the next move is told", async () => {
  await assert.rejects(findRdbg({ ...where, interpreter: undefined }), {
    constructor: NotFound,
    message: /python -m pip install rdbg$/,
  });
});
