/** Finds the `rdbg` command. Knows nothing of the editor, which tells it where to look. */

import { access, constants, open, stat } from "node:fs/promises";
import { delimiter, dirname, isAbsolute, join } from "node:path";

export interface Surroundings {
  /** The setting `rdbg.path`, empty where it is not set. */
  readonly setting: string;
  /** The workspace's folders. */
  readonly folders: readonly string[];
  /** The interpreter that is selected in the Python extension. */
  readonly interpreter: string | undefined;
  /** The variable PATH. */
  readonly path: string;
  readonly home: string;
  readonly platform: NodeJS.Platform;
}

export class NotFound extends Error {}

/** The path of `rdbg`; fails with NotFound, which says the next move. */
export async function findRdbg(where: Surroundings): Promise<string> {
  if (where.setting !== "") {
    const named = expand(where.setting, where);
    if (await isRdbg(named, where.platform)) {
      return named;
    }
    throw new NotFound(`The setting rdbg.path is ${where.setting}, and there is no rdbg command there.`);
  }
  for (const candidate of candidates(where)) {
    if (await isRdbg(candidate, where.platform)) {
      return candidate;
    }
  }
  throw new NotFound(
    "No rdbg command was found in the workspace's .venv, beside the selected Python interpreter or on PATH. " +
      "Install it with: python -m pip install rdbg",
  );
}

function candidates(where: Surroundings): string[] {
  const windows = where.platform === "win32";
  const name = windows ? "rdbg.exe" : "rdbg";
  const scripts = windows ? "Scripts" : "bin";
  const environments = where.folders.flatMap((folder) => [".venv", "venv"].map((venv) => join(folder, venv, scripts)));
  const interpreter = where.interpreter === undefined ? [] : [dirname(where.interpreter)];
  // A relative entry of PATH would mean the folder that the editor happened to be started in.
  const path = where.path.split(delimiter).filter((folder) => isAbsolute(folder));
  return [...environments, ...interpreter, ...path].map((folder) => join(folder, name));
}

function expand(setting: string, where: Surroundings): string {
  const home = setting.replace(/^~(?=$|[/\\])/, () => where.home);
  const folder = where.folders[0];
  const named = folder === undefined ? home : home.replaceAll("${workspaceFolder}", () => folder);
  return isAbsolute(named) || folder === undefined ? named : join(folder, named);
}

/** Ruby has a debugger of this name, too, which is a script for Ruby. */
async function isRdbg(path: string, platform: NodeJS.Platform): Promise<boolean> {
  try {
    if (!(await stat(path)).isFile()) {
      return false;
    }
    await access(path, platform === "win32" ? constants.R_OK : constants.X_OK);
    return !/^#!.*ruby/.test(await firstLine(path));
  } catch {
    return false;
  }
}

async function firstLine(path: string): Promise<string> {
  const file = await open(path, "r").catch(() => undefined);
  if (file === undefined) {
    // What may be run but not read is a program, and no script.
    return "";
  }
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(256), 0, 256, 0);
    return buffer.subarray(0, bytesRead).toString("latin1").split("\n", 1)[0] ?? "";
  } finally {
    await file.close();
  }
}
