import * as vscode from "vscode";

import { report, tellThatNothingHasStopped } from "./saying";
import type { Sessions } from "./sessions";
import type { Place } from "./webview/shapes";

/** Moves a session through the recorded run, and says so when that fails. */
export class Travel {
  private isUnderWay = false;
  private next: (() => Promise<void>) | undefined;

  constructor(private readonly sessions: Sessions) {}

  async goTo(session: vscode.DebugSession, position: number): Promise<void> {
    await this.start(() => ask(session, "goToPosition", { position }));
  }

  /** One step of the thread that is selected. */
  async step(request: "stepIn" | "reverseStepIn" | "reverseStepOut"): Promise<void> {
    const session = this.sessions.active;
    const item = vscode.debug.activeStackItem;
    if (session === undefined || item === undefined) {
      tellThatNothingHasStopped();
      return;
    }
    await this.start(() => ask(session, request, { threadId: item.threadId }));
  }

  /**
   * While one journey is under way only the last of those asked for meanwhile is kept: dragging
   * across the timeline, or holding a key down, asks for many.
   */
  private async start(journey: () => Promise<void>): Promise<void> {
    this.next = journey;
    if (this.isUnderWay) {
      return;
    }
    this.isUnderWay = true;
    try {
      while (this.next !== undefined) {
        const now = this.next;
        this.next = undefined;
        await now();
      }
    } finally {
      this.isUnderWay = false;
    }
  }

  async askAndGo(): Promise<void> {
    const session = this.sessions.active;
    const place = session === undefined ? undefined : this.sessions.placeOf(session);
    if (session === undefined || place === undefined) {
      tellThatNothingHasStopped();
      return;
    }
    const answer = await vscode.window.showInputBox({
      title: "Go to a position in the trace",
      prompt: `@0 to @${place.events - 1}, a percentage, start or end`,
      value: `@${place.position}`,
      validateInput: (text) =>
        positionIn(text, place) === undefined ? "This is no position: @812, 50%, start and end are." : undefined,
    });
    const position = answer === undefined ? undefined : positionIn(answer, place);
    if (position !== undefined) {
      await this.goTo(session, position);
    }
  }
}

/** The position that a person means, as in rdbg's `goto`. A number past the end is the end. */
export function positionIn(text: string, { events }: Place): number | undefined {
  const last = Math.max(0, events - 1);
  const word = text.trim().toLowerCase();
  if (word === "start") {
    return 0;
  }
  if (word === "end") {
    return last;
  }
  const share = /^(\d+(?:\.\d+)?)%$/.exec(word)?.[1];
  if (share !== undefined) {
    return Math.min(last, Math.floor((last * Number(share)) / 100));
  }
  const position = /^@?(\d+)$/.exec(word)?.[1];
  return position === undefined ? undefined : Math.min(last, Number(position));
}

async function ask(session: vscode.DebugSession, request: string, argument: object): Promise<void> {
  try {
    await session.customRequest(request, argument);
  } catch (error) {
    report(error);
  }
}
