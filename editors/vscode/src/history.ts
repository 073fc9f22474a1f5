import { basename } from "node:path";

import * as vscode from "vscode";

import { type History, historyOf } from "./protocol";
import { plain, report, tellThatNothingHasStopped, withoutIcons } from "./saying";
import type { Sessions } from "./sessions";
import type { Travel } from "./travel";

const LIMIT = 1000;

interface Moment extends vscode.QuickPickItem {
  readonly position: number;
}

/** Lists the values that a variable had in the course of the run; choosing one travels there. */
export class ValueHistory {
  constructor(
    private readonly sessions: Sessions,
    private readonly travel: Travel,
  ) {}

  /** `chosen` is what the context menu of the Variables view hands over; without it a person is asked. */
  async show(chosen: unknown): Promise<void> {
    const session = this.sessions.active;
    if (session === undefined) {
      tellThatNothingHasStopped();
      return;
    }
    const expression = chosen === undefined ? await askForExpression() : expressionOf(chosen);
    if (expression === undefined) {
      if (chosen !== undefined) {
        void vscode.window.showInformationMessage("This has no expression of its own. Ask for the history of what holds it.");
      }
      return;
    }
    const history = await this.history(session, expression);
    if (history === undefined) {
      return;
    }
    if (history.changes.length === 0) {
      void vscode.window.showInformationMessage(plain(`No value of ${expression} was recorded.`));
      return;
    }
    const now = this.sessions.placeOf(session)?.position;
    const moment = await pick(titleOf(expression, history), momentsOf(history), now);
    if (moment !== undefined) {
      await this.travel.goTo(session, moment.position);
    }
  }

  private async history(session: vscode.DebugSession, expression: string): Promise<History | undefined> {
    const item = vscode.debug.activeStackItem;
    const frame = item instanceof vscode.DebugStackFrame ? { frameId: item.frameId } : {};
    const options = { location: vscode.ProgressLocation.Notification, title: plain(`rdbg: values of ${expression}`) };
    try {
      return await vscode.window.withProgress(options, async () =>
        historyOf(await session.customRequest("history", { expression, limit: LIMIT, ...frame })),
      );
    } catch (error) {
      report(error);
      return undefined;
    }
  }
}

function expressionOf(chosen: unknown): string | undefined {
  const variable = (chosen as { variable?: { evaluateName?: unknown } } | null)?.variable;
  return typeof variable?.evaluateName === "string" ? variable.evaluateName : undefined;
}

async function askForExpression(): Promise<string | undefined> {
  const editor = vscode.window.activeTextEditor;
  const word = editor?.document.getWordRangeAtPosition(editor.selection.active);
  const selected = editor?.selection.isEmpty === false ? editor.selection : word;
  const answer = await vscode.window.showInputBox({
    title: "Value history",
    prompt: "An expression, such as total or account.paid",
    value: selected === undefined ? "" : (editor?.document.getText(selected) ?? ""),
  });
  return answer === undefined || answer.trim() === "" ? undefined : answer.trim();
}

function titleOf(expression: string, history: History): string {
  const shown = history.changes.length;
  const some = shown < history.total ? `${shown} of ${history.total}` : `${shown}`;
  const more = history.complete ? "" : ", not all of the trace was searched";
  return `${expression}: ${some} ${shown === 1 ? "value" : "values"}${more}`;
}

function momentsOf(history: History): Moment[] {
  return history.changes.map(({ position, value, line, path }) => ({
    position,
    label: withoutIcons(value),
    description: [`@${position}`, path === undefined ? "" : `${basename(path)}${line === undefined ? "" : `:${line}`}`]
      .filter((part) => part !== "")
      .join("  "),
  }));
}

/** Lets a person choose; the value that holds at the present position is the one that is chosen at first. */
async function pick(title: string, moments: Moment[], now: number | undefined): Promise<Moment | undefined> {
  const picker = vscode.window.createQuickPick<Moment>();
  picker.title = title;
  picker.placeholder = "Choose a value to go to the step that made it";
  picker.matchOnDescription = true;
  picker.items = moments;
  const present = moments.findLast(({ position }) => now !== undefined && position <= now);
  picker.activeItems = present === undefined ? [] : [present];
  try {
    return await new Promise((resolve) => {
      picker.onDidAccept(() => resolve(picker.selectedItems[0]));
      picker.onDidHide(() => resolve(undefined));
      picker.show();
    });
  } finally {
    picker.dispose();
  }
}
