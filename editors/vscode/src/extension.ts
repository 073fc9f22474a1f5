/** The extension: a debugger for traces of rdbg. This file only connects the parts. */

import * as vscode from "vscode";

import { Configurations, recording } from "./configuration";
import { ValueHistory } from "./history";
import { InlineValues } from "./inline-values";
import { openTrace } from "./open-trace";
import { DEBUG_TYPE } from "./protocol";
import { Sessions } from "./sessions";
import { Status } from "./status";
import { TimelineView } from "./timeline-view";
import { Travel } from "./travel";

export function activate(context: vscode.ExtensionContext): void {
  const configurations = new Configurations();
  const sessions = new Sessions();
  const travel = new Travel(sessions);
  const history = new ValueHistory(sessions, travel);
  const timeline = new TimelineView(context.extensionUri, sessions, travel);
  const command = (name: string, run: (chosen?: unknown) => Promise<void>) =>
    vscode.commands.registerCommand(`rdbg.${name}`, run);
  context.subscriptions.push(
    sessions,
    timeline,
    new Status(sessions),
    vscode.debug.registerDebugConfigurationProvider(DEBUG_TYPE, configurations),
    vscode.debug.registerDebugConfigurationProvider(
      DEBUG_TYPE,
      configurations,
      vscode.DebugConfigurationProviderTriggerKind.Dynamic,
    ),
    vscode.debug.registerDebugAdapterDescriptorFactory(DEBUG_TYPE, configurations),
    vscode.languages.registerInlineValuesProvider({ language: "python" }, new InlineValues()),
    vscode.window.registerWebviewViewProvider("rdbg.timeline", timeline),
    command("openTrace", openTrace),
    command("debugFile", debugFile),
    command("reverseStepIn", () => travel.step("reverseStepIn")),
    command("reverseStepOut", () => travel.step("reverseStepOut")),
    command("goToPosition", () => travel.askAndGo()),
    command("showTimeline", async () => vscode.commands.executeCommand("rdbg.timeline.focus")),
    command("valueHistory", (chosen) => history.show(chosen)),
  );
}

async function debugFile(chosen: unknown): Promise<void> {
  const uri = chosen instanceof vscode.Uri ? chosen : vscode.window.activeTextEditor?.document.uri;
  if (uri?.scheme !== "file") {
    void vscode.window.showErrorMessage("rdbg records Python files. Open one, save it, and try again.");
    return;
  }
  await vscode.debug.startDebugging(vscode.workspace.getWorkspaceFolder(uri), recording(uri.fsPath));
}
