import { basename } from "node:path";

import * as vscode from "vscode";

import { opening } from "./configuration";
import { plain } from "./saying";
import { whyNotATrace } from "./trace-file";

/** Opens the trace that was chosen in the explorer, or asks for one. */
export async function openTrace(chosen: unknown): Promise<void> {
  const uri = chosen instanceof vscode.Uri ? chosen : await askForTrace();
  if (uri === undefined) {
    return;
  }
  if (uri.scheme !== "file") {
    void vscode.window.showErrorMessage("A trace has to be a file on the machine that rdbg runs on. Copy it there first.");
    return;
  }
  const reason = await whyNotATrace(uri.fsPath);
  if (reason !== undefined) {
    void vscode.window.showErrorMessage(plain(reason));
    return;
  }
  const name = `rdbg: ${basename(uri.fsPath)}`;
  await vscode.debug.startDebugging(vscode.workspace.getWorkspaceFolder(uri), opening(uri.fsPath, name));
}

async function askForTrace(): Promise<vscode.Uri | undefined> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const chosen = await vscode.window.showOpenDialog({
    title: "Open a trace of rdbg",
    openLabel: "Open Trace",
    filters: { "Traces": ["db"], "All files": ["*"] },
    ...(folder === undefined ? {} : { defaultUri: folder }),
  });
  return chosen?.[0];
}
