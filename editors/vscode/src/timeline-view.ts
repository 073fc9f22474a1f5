import * as vscode from "vscode";

import { timelineOf } from "./protocol";
import type { Sessions } from "./sessions";
import { timelinePage } from "./timeline-page";
import type { Travel } from "./travel";
import type { FromPage, Timeline, ToPage } from "./webview/shapes";

/** More than this, and a bucket would be narrower than what can be pointed at. */
const BUCKETS = 400;

/** The view with the timeline of the active session. */
export class TimelineView implements vscode.WebviewViewProvider, vscode.Disposable {
  private view: vscode.WebviewView | undefined;
  /** Timelines by session: a trace does not change, so each is asked for once. */
  private readonly timelines = new Map<string, Promise<Timeline>>();
  private shown: Timeline | undefined;
  private readonly subscriptions: vscode.Disposable[];

  constructor(
    private readonly home: vscode.Uri,
    private readonly sessions: Sessions,
    private readonly travel: Travel,
  ) {
    this.subscriptions = [
      sessions.onDidMove(() => this.update()),
      vscode.debug.onDidTerminateDebugSession((session) => this.timelines.delete(session.id)),
    ];
  }

  dispose(): void {
    vscode.Disposable.from(...this.subscriptions).dispose();
  }

  resolveWebviewView(view: vscode.WebviewView): void {
    const { webview } = view;
    const root = vscode.Uri.joinPath(this.home, "out", "webview");
    const media = vscode.Uri.joinPath(this.home, "media");
    webview.options = { enableScripts: true, localResourceRoots: [root, media] };
    webview.onDidReceiveMessage((message: FromPage) => this.hear(message));
    view.onDidDispose(() => {
      this.view = undefined;
    });
    this.view = view;
    webview.html = timelinePage({
      source: webview.cspSource,
      script: webview.asWebviewUri(vscode.Uri.joinPath(root, "main.js")).toString(),
      style: webview.asWebviewUri(vscode.Uri.joinPath(media, "timeline.css")).toString(),
    });
  }

  private async hear(message: FromPage): Promise<void> {
    const session = this.sessions.active;
    if (message.kind === "ready") {
      this.shown = undefined;
      await this.update();
    } else if (message.kind === "lostFocus") {
      this.view?.show(false);
    } else if (message.kind === "step") {
      await this.travel.step(message.back ? "reverseStepIn" : "stepIn");
    } else if (session !== undefined) {
      await this.travel.goTo(session, message.position);
    }
  }

  private async update(): Promise<void> {
    const session = this.sessions.active;
    const place = session === undefined ? undefined : this.sessions.placeOf(session);
    void vscode.commands.executeCommand("setContext", "rdbg.hasSession", session !== undefined);
    if (this.view === undefined) {
      return;
    }
    if (session === undefined || place === undefined) {
      this.shown = undefined;
      this.tell({ kind: "empty", text: session === undefined ? "No rdbg session." : "The program is being recorded." });
      return;
    }
    let timeline: Timeline;
    try {
      timeline = await this.timelineOf(session);
    } catch (error) {
      this.shown = undefined;
      this.tell({ kind: "empty", text: error instanceof Error ? error.message : String(error) });
      return;
    }
    if (this.sessions.active !== session) {
      return;
    }
    if (this.shown !== timeline) {
      this.shown = timeline;
      this.tell({ kind: "timeline", timeline });
    }
    this.tell({ kind: "place", place: this.sessions.placeOf(session) ?? place });
  }

  private timelineOf(session: vscode.DebugSession): Promise<Timeline> {
    let timeline = this.timelines.get(session.id);
    if (timeline === undefined) {
      timeline = Promise.resolve(session.customRequest("timeline", { buckets: BUCKETS })).then(timelineOf);
      this.timelines.set(session.id, timeline);
      timeline.catch(() => this.timelines.delete(session.id));
    }
    return timeline;
  }

  private tell(message: ToPage): void {
    void this.view?.webview.postMessage(message);
  }
}
