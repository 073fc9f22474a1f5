import * as vscode from "vscode";

import { DEBUG_TYPE } from "./protocol";
import { namesBefore } from "./python-names";

/** Shows the values of a function's variables beside the lines that led to the present one. */
export class InlineValues implements vscode.InlineValuesProvider {
  provideInlineValues(
    document: vscode.TextDocument,
    viewPort: vscode.Range,
    context: vscode.InlineValueContext,
  ): vscode.InlineValue[] {
    if (vscode.debug.activeDebugSession?.type !== DEBUG_TYPE) {
      return [];
    }
    const lines = document.getText().split(/\r\n|\r|\n/);
    return namesBefore(lines, context.stoppedLocation.end.line)
      .filter(({ line }) => line >= viewPort.start.line && line <= viewPort.end.line)
      .map(({ name, line, column }) => {
        const range = new vscode.Range(line, column, line, column + name.length);
        return new vscode.InlineValueVariableLookup(range, name, true);
      });
  }
}
