import * as vscode from "vscode";

/** Text for a notification. There `[text](command:…)` would become a link, and what comes from a trace must not. */
export function plain(text: string): string {
  return text.replaceAll("](", "] (");
}

/** Text for an item of a list. There `$(name)` would become an icon. */
export function withoutIcons(text: string): string {
  return text.replaceAll("$(", "\\$(");
}

export function report(error: unknown): void {
  void vscode.window.showErrorMessage(plain(error instanceof Error ? error.message : String(error)));
}

export function tellThatNothingHasStopped(): void {
  void vscode.window.showInformationMessage("No rdbg session has stopped. Open a trace, or record a program with F5.");
}
