import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";

import { whyNotATrace } from "../src/trace-file";
import { databaseHeader, temporaryFolder, TRACE, write } from "./files";

const folder = temporaryFolder();

test("a trace is one", async () => {
  assert.equal(await whyNotATrace(write(join(folder, "trace.db"), TRACE)), undefined);
});

test("what is no trace is told apart, by name", async () => {
  const cases: [string, string | Uint8Array, RegExp][] = [
    ["empty.db", "", /^empty\.db is empty/],
    ["text.db", "a list of things that is longer than a header would be ".repeat(4), /^text\.db is not a trace/],
    ["short.db", TRACE.subarray(0, 99), /^short\.db is not a trace/],
    ["other.db", databaseHeader(0), /^other\.db is a database of another program/],
  ];
  for (const [name, content, expected] of cases) {
    assert.match((await whyNotATrace(write(join(folder, name), content))) ?? "", expected);
  }
});

test("what cannot be read is told, too", async () => {
  assert.match((await whyNotATrace(join(folder, "absent.db"))) ?? "", /^absent\.db cannot be read: ENOENT/);
  assert.match((await whyNotATrace(folder)) ?? "", /cannot be read: EISDIR/);
});
