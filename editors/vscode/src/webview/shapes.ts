/** What the extension and the timeline's page tell each other. */

/** Where a session stands. Positions run from 0 to `events - 1`. */
export interface Place {
  readonly position: number;
  readonly events: number;
}

/** A stretch of the trace, `from` included and `to` not. Keys are numbers of threads. */
export interface Bucket {
  readonly from: number;
  readonly to: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly depth: Readonly<Record<string, number>>;
}

export interface Thread {
  readonly id: number;
  readonly name: string;
}

export interface Raised {
  readonly position: number;
  readonly threadId: number;
  readonly type: string;
  readonly text: string;
}

export interface Timeline {
  readonly events: number;
  readonly threads: readonly Thread[];
  readonly buckets: readonly Bucket[];
  readonly exceptions: readonly Raised[];
  readonly exceptionsTotal: number;
}

/** What the page is told. */
export type ToPage =
  | { readonly kind: "empty"; readonly text: string }
  | { readonly kind: "timeline"; readonly timeline: Timeline }
  | { readonly kind: "place"; readonly place: Place };

/** What the page says: it has loaded, a person wants to go somewhere, or the editor took the keyboard from it. */
export type FromPage =
  | { readonly kind: "ready" }
  | { readonly kind: "go"; readonly position: number }
  | { readonly kind: "step"; readonly back: boolean }
  | { readonly kind: "lostFocus" };
