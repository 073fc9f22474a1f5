/** A real VS Code, served to a browser: installs it once, starts it with the extension, and stops it. */

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const VERSION = "4.139.1";
/** code-server runs on this node only, whatever the tests run on. */
const NODE = 24;

export class CodeServer {
  private constructor(
    private readonly process: ChildProcess,
    readonly address: string,
  ) {}

  /** `home` keeps what is installed; `state` holds settings and the extension, and is the caller's to remove. */
  static async start(home: string, state: string, extension: string, settings: object): Promise<CodeServer> {
    const { node, entry } = install(home);
    const folders = ["--user-data-dir", join(state, "data"), "--extensions-dir", join(state, "extensions")];
    // Settings of a person, and those of the machine that programs run on, are in two files.
    for (const kind of ["User", "Machine"]) {
      mkdirSync(join(state, "data", kind), { recursive: true });
      writeFileSync(join(state, "data", kind, "settings.json"), JSON.stringify(settings));
    }
    execFileSync(node, [entry, ...folders, "--install-extension", extension], { stdio: ["ignore", "ignore", "inherit"] });
    const port = await freePort();
    const options = ["--auth", "none", "--bind-addr", `127.0.0.1:${port}`, "--disable-telemetry", "--disable-update-check"];
    const process = spawn(node, [entry, ...folders, ...options], { stdio: "ignore" });
    const server = new CodeServer(process, `http://127.0.0.1:${port}`);
    await server.isReady();
    return server;
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.process.once("exit", resolve));
    this.process.kill();
    await ended;
  }

  private async isReady(): Promise<void> {
    for (let tries = 0; tries < 240; tries += 1) {
      const answer = await fetch(`${this.address}/healthz`).catch(() => undefined);
      if (answer?.ok === true) {
        return;
      }
      if (this.process.exitCode !== null) {
        break;
      }
      await sleep(250);
    }
    throw new Error("code-server did not start");
  }
}

function install(home: string): { node: string; entry: string } {
  const packages = join(home, "node_modules");
  const nodePackage = `node-${process.platform}-${process.arch}`;
  const node = join(packages, nodePackage, "bin", "node");
  const entry = join(packages, "code-server", "out", "node", "entry.js");
  const ready = join(home, `ready-${VERSION}`);
  if (!existsSync(ready)) {
    console.error(`installing code-server ${VERSION} into ${home} (1 GB)`);
    rmSync(home, { recursive: true, force: true });
    mkdirSync(home, { recursive: true });
    writeFileSync(join(home, "package.json"), "{}");
    const npm = (folder: string, ...given: string[]) =>
      execFileSync("npm", ["install", "--ignore-scripts", "--omit=dev", "--engine-strict=false", ...given], {
        cwd: folder,
        stdio: ["ignore", "ignore", "inherit"],
      });
    npm(home, `code-server@${VERSION}`, `${nodePackage}@${NODE}`);
    npm(join(packages, "code-server", "lib", "vscode"));
    build(join(packages, "code-server", "lib", "vscode"), join(packages, nodePackage));
    writeFileSync(ready, "");
  }
  return { node, entry };
}

/** Extensions run only where these two are compiled; the headers come with the node. */
function build(folder: string, node: string): void {
  const env = { ...process.env, PATH: `${join(node, "bin")}:${process.env["PATH"]}`, npm_config_nodedir: node };
  const native = ["@vscode/spdlog", "@vscode/native-watchdog"];
  execFileSync("npm", ["rebuild", ...native], { cwd: folder, env, stdio: ["ignore", "ignore", "inherit"] });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const address = server.address();
  await new Promise((closed) => server.close(closed));
  if (address === null || typeof address === "string") {
    throw new Error("no port is free");
  }
  return address.port;
}
