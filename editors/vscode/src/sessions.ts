import * as vscode from "vscode";

import { DEBUG_TYPE, placeOf } from "./protocol";
import type { Place } from "./webview/shapes";

/** Knows the sessions of rdbg and where each of them stands. */
export class Sessions implements vscode.DebugAdapterTrackerFactory, vscode.Disposable {
  private readonly places = new Map<string, Place>();
  private readonly moved = new vscode.EventEmitter<void>();
  private readonly subscriptions: vscode.Disposable[];

  /** The active session came to rest elsewhere, or another session became the active one. */
  readonly onDidMove = this.moved.event;

  constructor() {
    this.subscriptions = [
      this.moved,
      vscode.debug.registerDebugAdapterTrackerFactory(DEBUG_TYPE, this),
      vscode.debug.onDidChangeActiveDebugSession(() => this.moved.fire()),
      vscode.debug.onDidTerminateDebugSession((session) => this.forget(session)),
    ];
  }

  dispose(): void {
    vscode.Disposable.from(...this.subscriptions).dispose();
  }

  /** The active session, if it is one of rdbg. */
  get active(): vscode.DebugSession | undefined {
    const session = vscode.debug.activeDebugSession;
    return session?.type === DEBUG_TYPE ? session : undefined;
  }

  /** Where a session stands; nothing while its program is still being recorded. */
  placeOf(session: vscode.DebugSession): Place | undefined {
    return this.places.get(session.id);
  }

  createDebugAdapterTracker(session: vscode.DebugSession): vscode.DebugAdapterTracker {
    return {
      onDidSendMessage: (message: unknown) => {
        if (isStop(message)) {
          this.places.set(session.id, placeOf(message.body.rdbg));
          this.moved.fire();
        }
      },
    };
  }

  private forget(session: vscode.DebugSession): void {
    if (this.places.delete(session.id)) {
      this.moved.fire();
    }
  }
}

interface Stop {
  readonly type: "event";
  readonly event: "stopped";
  readonly body: { readonly rdbg: unknown };
}

function isStop(message: unknown): message is Stop {
  const stop = message as Partial<Stop> | null;
  return stop?.type === "event" && stop.event === "stopped" && stop.body?.rdbg !== undefined;
}
