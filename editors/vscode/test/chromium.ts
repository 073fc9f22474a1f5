/** Finds a Chromium; the tests that need one say so where there is none. */

import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/** The path of a Chromium: that of the variable CHROMIUM, else the first on PATH. */
export function findChromium(): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const candidates = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
  return [process.env["CHROMIUM"] ?? "", ...candidates].find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return path !== "";
    } catch {
      return false;
    }
  });
}

/** Chromium refuses to sandbox itself for the superuser, who runs tests in containers. */
export const CHROMIUM_OPTIONS = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
