/** What the server says beyond the Debug Adapter Protocol. Answers come as unknown: what is not of the right shape is refused here. */

import type { Place, Timeline } from "./webview/shapes";

export const DEBUG_TYPE = "rdbg-python";

export interface Change {
  readonly position: number;
  readonly value: string;
  readonly line?: number;
  readonly path?: string;
}

export interface History {
  readonly changes: readonly Change[];
  readonly total: number;
  /** Whether the whole trace was searched. */
  readonly complete: boolean;
}

type Fields = Record<string, unknown>;

function fields(value: unknown, what: string): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new Error(`rdbg answered without ${what}`);
  }
  return value as Fields;
}

function number(value: unknown, what: string): number {
  if (typeof value !== "number" || !Number.isFinite(value)) {
    throw new Error(`rdbg answered without ${what}`);
  }
  return value;
}

function list(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) {
    throw new Error(`rdbg answered without ${what}`);
  }
  return value;
}

function text(value: unknown, what: string): string {
  if (typeof value !== "string") {
    throw new Error(`rdbg answered without ${what}`);
  }
  return value;
}

function numbers(value: unknown, what: string): Record<string, number> {
  const entries = Object.entries(fields(value, what));
  return Object.fromEntries(entries.map(([key, item]) => [key, number(item, what)]));
}

export function placeOf(body: unknown): Place {
  const place = fields(body, "a position");
  return {
    position: number(place["position"], "a position"),
    events: number(place["events"], "the number of events"),
  };
}

export function timelineOf(body: unknown): Timeline {
  const all = fields(body, "a timeline");
  return {
    events: number(all["events"], "the number of events"),
    threads: list(all["threads"], "threads").map((item) => {
      const thread = fields(item, "a thread");
      return { id: number(thread["id"], "a thread's number"), name: text(thread["name"], "a thread's name") };
    }),
    buckets: list(all["buckets"], "buckets").map((item) => {
      const bucket = fields(item, "a bucket");
      return {
        from: number(bucket["from"], "a bucket's start"),
        to: number(bucket["to"], "a bucket's end"),
        counts: numbers(bucket["counts"], "a bucket's counts"),
        depth: numbers(bucket["depth"], "a bucket's depth"),
      };
    }),
    exceptions: list(all["exceptions"], "exceptions").map((item) => {
      const raised = fields(item, "an exception");
      return {
        position: number(raised["position"], "an exception's position"),
        threadId: number(raised["threadId"], "an exception's thread"),
        type: text(raised["type"], "an exception's type"),
        text: text(raised["text"], "an exception's text"),
      };
    }),
    exceptionsTotal: number(all["exceptionsTotal"], "the number of exceptions"),
  };
}

export function historyOf(body: unknown): History {
  const all = fields(body, "a history");
  return {
    changes: list(all["changes"], "changes").map((item) => {
      const change = fields(item, "a change");
      return {
        position: number(change["position"], "a change's position"),
        value: text(change["value"], "a change's value"),
        ...(typeof change["line"] === "number" ? { line: change["line"] } : {}),
        ...(typeof change["path"] === "string" ? { path: change["path"] } : {}),
      };
    }),
    total: number(all["total"], "the number of changes"),
    complete: all["complete"] === true,
  };
}
