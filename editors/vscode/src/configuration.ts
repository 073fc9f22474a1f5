import { homedir } from "node:os";
import { dirname, isAbsolute, resolve } from "node:path";

import * as vscode from "vscode";

import { findRdbg, NotFound } from "./find-rdbg";
import { DEBUG_TYPE } from "./protocol";
import { plain } from "./saying";
import { whyNotATrace } from "./trace-file";

/** What can be recorded, and what can be opened: a configuration names one of them. */
const TARGETS = ["program", "module", "code", "trace"] as const;

/** Completes configurations, and starts the server for them. */
export class Configurations implements vscode.DebugConfigurationProvider, vscode.DebugAdapterDescriptorFactory {
  /** What "Run and Debug" offers where there is no launch.json. */
  provideDebugConfigurations(): vscode.DebugConfiguration[] {
    return [recording("${file}")];
  }

  /** F5 without a launch.json comes here with nothing in the configuration. */
  resolveDebugConfiguration(
    _folder: vscode.WorkspaceFolder | undefined,
    configuration: vscode.DebugConfiguration,
  ): vscode.ProviderResult<vscode.DebugConfiguration> {
    const isEmpty = !configuration.type && !configuration.request && !configuration.name;
    if (!isEmpty) {
      return configuration;
    }
    if (vscode.window.activeTextEditor?.document.languageId !== "python") {
      void vscode.window.showErrorMessage("rdbg records Python. Open the file to record, then press F5 again.");
      return undefined;
    }
    return recording("${file}");
  }

  /** The last look before the server is started, when `${file}` and its like have become text. */
  async resolveDebugConfigurationWithSubstitutedVariables(
    folder: vscode.WorkspaceFolder | undefined,
    configuration: vscode.DebugConfiguration,
  ): Promise<vscode.DebugConfiguration | undefined | null> {
    const named = TARGETS.filter((target) => configuration[target] !== undefined);
    if (named.length !== 1) {
      const have = named.length === 0 ? "none" : named.join(" and ");
      void vscode.window.showErrorMessage(
        plain(`The configuration "${configuration.name}" has to name one of ${TARGETS.join(", ")}; it names ${have}.`),
      );
      // With null the editor opens launch.json.
      return null;
    }
    const completed = withFolder(configuration, folder?.uri.fsPath);
    if (typeof completed["trace"] === "string") {
      const reason = await whyNotATrace(completed["trace"]);
      if (reason !== undefined) {
        void vscode.window.showErrorMessage(plain(reason));
        return undefined;
      }
    }
    try {
      await find(folder);
    } catch (error) {
      await tellNextMove(error);
      return undefined;
    }
    return completed;
  }

  async createDebugAdapterDescriptor(session: vscode.DebugSession): Promise<vscode.DebugAdapterDescriptor> {
    const command = await find(session.workspaceFolder);
    const cwd = session.workspaceFolder?.uri.fsPath;
    const args = ["dap", ...whereTo(session.configuration)];
    return new vscode.DebugAdapterExecutable(command, args, cwd === undefined ? {} : { cwd });
  }
}

/** A session of its own, or one with a server that `rdbg dap --port` started; rdbg itself says the token. */
function whereTo(configuration: vscode.DebugConfiguration): string[] {
  const { port, tokenFile } = configuration;
  if (typeof port !== "number") {
    return [];
  }
  const file = typeof tokenFile === "string" ? ["--token-file", tokenFile] : [];
  return ["--connect", String(port), ...file];
}

/** What is relative is relative to the workspace's folder. A program runs there, or where it is. */
function withFolder(configuration: vscode.DebugConfiguration, folder: string | undefined): vscode.DebugConfiguration {
  const { trace, program, cwd } = configuration;
  if (typeof trace === "string") {
    return folder === undefined ? configuration : { ...configuration, trace: resolve(folder, trace) };
  }
  const home = folder ?? (typeof program === "string" && isAbsolute(program) ? dirname(program) : undefined);
  return cwd !== undefined || home === undefined ? configuration : { ...configuration, cwd: home };
}

export function recording(program: string): vscode.DebugConfiguration {
  return { type: DEBUG_TYPE, request: "launch", name: "rdbg: record this file", program };
}

export function opening(trace: string, name: string): vscode.DebugConfiguration {
  return { type: DEBUG_TYPE, request: "launch", name, trace };
}

async function find(folder: vscode.WorkspaceFolder | undefined): Promise<string> {
  const folders = vscode.workspace.workspaceFolders ?? [];
  const first = folder === undefined ? [] : [folder];
  const others = folders.filter(({ uri }) => uri.toString() !== folder?.uri.toString());
  return await findRdbg({
    setting: vscode.workspace.getConfiguration("rdbg", folder?.uri ?? null).get<string>("path", "").trim(),
    folders: [...first, ...others].map(({ uri }) => uri.fsPath),
    interpreter: await selectedInterpreter(folder),
    path: process.env["PATH"] ?? "",
    home: homedir(),
    platform: process.platform,
  });
}

/** The little that is used of what the Python extension offers to others. */
interface PythonExtension {
  readonly environments: {
    getActiveEnvironmentPath(resource?: vscode.Uri): { readonly path: string };
    resolveEnvironment(path: { readonly path: string }): Promise<Environment | undefined>;
  };
}

interface Environment {
  readonly executable: { readonly uri: vscode.Uri | undefined };
}

async function selectedInterpreter(folder: vscode.WorkspaceFolder | undefined): Promise<string | undefined> {
  const extension = vscode.extensions.getExtension<PythonExtension>("ms-python.python");
  if (extension === undefined) {
    return undefined;
  }
  try {
    const { environments } = await extension.activate();
    const chosen = environments.getActiveEnvironmentPath(folder?.uri);
    return (await environments.resolveEnvironment(chosen))?.executable.uri?.fsPath;
  } catch {
    // Another extension's trouble is no reason not to look elsewhere.
    return undefined;
  }
}

async function tellNextMove(error: unknown): Promise<void> {
  const message = error instanceof Error ? error.message : String(error);
  const settings = "Open Settings";
  const actions = error instanceof NotFound ? [settings] : [];
  const chosen = await vscode.window.showErrorMessage(plain(message), ...actions);
  if (chosen === settings) {
    await vscode.commands.executeCommand("workbench.action.openSettings", "rdbg.path");
  }
}
