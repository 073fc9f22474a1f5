/**
 * Stands in for the module `vscode`, which exists only inside the editor. It has what the extension uses,
 * answers from `editor`, and keeps in `editor` what was asked of it. Import it before the extension.
 */

import Module from "node:module";

type Listener<T> = (value: T) => unknown;

export class EventEmitter<T> {
  private readonly listeners = new Set<Listener<T>>();
  readonly event = (listener: Listener<T>) => {
    this.listeners.add(listener);
    return new Disposable(() => this.listeners.delete(listener));
  };
  fire(value: T): void {
    for (const listener of this.listeners) {
      listener(value);
    }
  }
  dispose(): void {
    this.listeners.clear();
  }
}

export class Disposable {
  static from(...all: { dispose(): unknown }[]): Disposable {
    return new Disposable(() => all.forEach((one) => one.dispose()));
  }
  constructor(private readonly run: () => unknown) {}
  dispose(): void {
    this.run();
  }
}

export class Uri {
  static file(path: string): Uri {
    return new Uri("file", path);
  }
  static joinPath(uri: Uri, ...parts: string[]): Uri {
    return new Uri(uri.scheme, [uri.fsPath, ...parts].join("/"));
  }
  constructor(
    readonly scheme: string,
    readonly fsPath: string,
  ) {}
  toString(): string {
    return `${this.scheme}://${this.fsPath}`;
  }
}

export class Range {
  readonly start: { line: number; character: number };
  readonly end: { line: number; character: number };
  constructor(line: number, character: number, endLine: number, endCharacter: number) {
    this.start = { line, character };
    this.end = { line: endLine, character: endCharacter };
  }
}

class InlineValueVariableLookup {
  constructor(
    readonly range: Range,
    readonly variableName: string,
    readonly caseSensitiveLookup: boolean,
  ) {}
}

export class DebugStackFrame {
  constructor(
    readonly session: Session,
    readonly threadId: number,
    readonly frameId: number,
  ) {}
}

class DebugAdapterExecutable {
  constructor(
    readonly command: string,
    readonly args: string[],
    readonly options: object,
  ) {}
}

export interface Folder {
  readonly uri: Uri;
}

type Answer = (request: string, body: unknown) => unknown;

/** A debug session that answers custom requests as a test says. */
export class Session {
  readonly type: string = "rdbg-python";
  readonly asked: [string, unknown][] = [];
  workspaceFolder: Folder | undefined;
  configuration: Record<string, unknown> = {};
  constructor(
    readonly id: string,
    private readonly answer: Answer = () => undefined,
  ) {}
  async customRequest(request: string, body: unknown): Promise<unknown> {
    this.asked.push([request, body]);
    return await this.answer(request, body);
  }
}

export class QuickPick {
  title = "";
  items: { label: string; description: string }[] = [];
  activeItems: { label: string }[] = [];
  selectedItems: { label: string }[] = [];
  private accept: () => void = () => undefined;
  private hide: () => void = () => undefined;
  onDidAccept = (listener: () => void) => (this.accept = listener);
  onDidHide = (listener: () => void) => (this.hide = listener);
  show(): void {
    editor.quickPicks.push(this);
    const chosen = editor.choose(this);
    if (chosen === undefined) {
      this.hide();
    } else {
      this.selectedItems = [chosen];
      this.accept();
    }
  }
  dispose(): void {}
}

export class StatusBarItem {
  text = "";
  isShown = false;
  show(): void {
    this.isShown = true;
  }
  hide(): void {
    this.isShown = false;
  }
  dispose(): void {}
}

function start() {
  return {
    activeSession: undefined as Session | undefined,
    activeStackItem: undefined as DebugStackFrame | undefined,
    activeTextEditor: undefined as { document: { languageId: string; uri: Uri } } | undefined,
    folders: [] as Folder[],
    settings: {} as Record<string, unknown>,
    pythonExtension: undefined as unknown,
    inputAnswer: undefined as string | undefined,
    choose: (_: QuickPick): { label: string } | undefined => undefined,
    messages: [] as string[],
    quickPicks: [] as QuickPick[],
    statusBar: [] as StatusBarItem[],
    started: [] as [unknown, { [key: string]: unknown }][],
    commands: new Map<string, (...given: unknown[]) => unknown>(),
    executed: [] as unknown[][],
    registered: [] as [string, unknown][],
    sessionChanged: new EventEmitter<Session | undefined>(),
    sessionEnded: new EventEmitter<Session>(),
  };
}

/** What the fake editor is, and what was asked of it. */
export let editor = start();

/** A new editor, for the next test. */
export function reset(): void {
  editor = start();
}

/** Makes a session the active one, which has stopped. */
export function stopIn(session: Session, threadId = 1, frameId = 10): void {
  editor.activeSession = session;
  editor.activeStackItem = new DebugStackFrame(session, threadId, frameId);
}

const registers = (what: string) => (name: unknown, provider: unknown) => {
  editor.registered.push([`${what} ${typeof name === "string" ? name : JSON.stringify(name)}`, provider]);
  return new Disposable(() => undefined);
};

const say = async (message: string) => {
  editor.messages.push(message);
};

const fake = {
  Disposable,
  EventEmitter,
  Uri,
  Range,
  InlineValueVariableLookup,
  DebugStackFrame,
  DebugAdapterExecutable,
  StatusBarAlignment: { Left: 1 },
  ProgressLocation: { Notification: 15 },
  DebugConfigurationProviderTriggerKind: { Initial: 1, Dynamic: 2 },
  debug: {
    get activeDebugSession() {
      return editor.activeSession;
    },
    get activeStackItem() {
      return editor.activeStackItem;
    },
    onDidChangeActiveDebugSession: (listener: Listener<Session | undefined>) => editor.sessionChanged.event(listener),
    onDidTerminateDebugSession: (listener: Listener<Session>) => editor.sessionEnded.event(listener),
    registerDebugAdapterTrackerFactory: registers("tracker"),
    registerDebugConfigurationProvider: registers("configurations"),
    registerDebugAdapterDescriptorFactory: registers("server"),
    startDebugging: async (folder: unknown, configuration: { [key: string]: unknown }) => {
      editor.started.push([folder, configuration]);
      return true;
    },
  },
  window: {
    get activeTextEditor() {
      return editor.activeTextEditor;
    },
    showErrorMessage: say,
    showInformationMessage: say,
    showInputBox: async (options: { validateInput?: (text: string) => string | undefined }) => {
      const complaint = editor.inputAnswer === undefined ? undefined : options.validateInput?.(editor.inputAnswer);
      if (complaint !== undefined) {
        editor.messages.push(complaint);
        return undefined;
      }
      return editor.inputAnswer;
    },
    createQuickPick: () => new QuickPick(),
    createStatusBarItem: () => {
      const item = new StatusBarItem();
      editor.statusBar.push(item);
      return item;
    },
    withProgress: async (_: unknown, run: () => Promise<unknown>) => await run(),
    registerWebviewViewProvider: registers("view"),
  },
  workspace: {
    get workspaceFolders() {
      return editor.folders;
    },
    getWorkspaceFolder: (uri: Uri) => editor.folders.find((folder) => uri.fsPath.startsWith(`${folder.uri.fsPath}/`)),
    getConfiguration: (section: string) => ({
      get: (name: string, otherwise: unknown) => editor.settings[`${section}.${name}`] ?? otherwise,
    }),
  },
  languages: { registerInlineValuesProvider: registers("inlineValues") },
  extensions: {
    getExtension: (name: string) => (name === "ms-python.python" ? editor.pythonExtension : undefined),
  },
  commands: {
    registerCommand: (name: string, run: (...given: unknown[]) => unknown) => {
      editor.commands.set(name, run);
      return new Disposable(() => editor.commands.delete(name));
    },
    executeCommand: async (...given: unknown[]) => {
      editor.executed.push(given);
    },
  },
};

const loader = Module as unknown as { _load(request: string, ...rest: unknown[]): unknown };
const load = loader._load;
loader._load = (request, ...rest) => (request === "vscode" ? fake : load(request, ...rest));
