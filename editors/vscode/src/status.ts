import * as vscode from "vscode";

import type { Sessions } from "./sessions";

/** Shows in the status bar where the active session stands. */
export class Status implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem("rdbg.position", vscode.StatusBarAlignment.Left, 0);
  private readonly subscription: vscode.Disposable;

  constructor(private readonly sessions: Sessions) {
    this.item.name = "rdbg: position";
    this.item.command = "rdbg.goToPosition";
    this.item.tooltip = "Position in the trace and number of events. Click to go elsewhere.";
    this.subscription = sessions.onDidMove(() => this.show());
  }

  dispose(): void {
    this.subscription.dispose();
    this.item.dispose();
  }

  private show(): void {
    const session = this.sessions.active;
    const place = session === undefined ? undefined : this.sessions.placeOf(session);
    if (place === undefined) {
      this.item.hide();
      return;
    }
    this.item.text = `$(history) @${place.position} of ${place.events}`;
    this.item.show();
  }
}
