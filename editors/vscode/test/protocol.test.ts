import assert from "node:assert/strict";
import { test } from "node:test";

import { historyOf, placeOf, timelineOf } from "../src/protocol";

const timeline = {
  events: 20,
  threads: [{ id: 1, name: "MainThread" }],
  buckets: [{ from: 0, to: 20, counts: { "1": 20 }, depth: { "1": 2 } }],
  exceptions: [{ position: 7, threadId: 1, type: "KeyError", text: "'x'" }],
  exceptionsTotal: 1,
};

test("answers of the right shape are taken as they are", () => {
  assert.deepEqual(timelineOf(timeline), timeline);
  assert.deepEqual(placeOf({ position: 3, events: 9, threadId: 1 }), { position: 3, events: 9 });
  const change = { position: 3, value: "1", line: 4, path: "/app.py" };
  const history = { changes: [change, { position: 5, value: "2" }], total: 2, complete: true };
  assert.deepEqual(historyOf(history), history);
});

test("what is missing is named", () => {
  assert.throws(() => placeOf(undefined), /without a position/);
  assert.throws(() => placeOf({ position: 3 }), /without the number of events/);
  assert.throws(() => timelineOf({ ...timeline, threads: {} }), /without threads/);
  assert.throws(() => timelineOf({ ...timeline, buckets: [{ from: 0, to: 1, counts: { "1": "many" } }] }), /counts/);
  assert.throws(() => historyOf({ changes: [{ position: 1, value: 5 }], total: 1 }), /a change's value/);
});
