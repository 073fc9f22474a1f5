/** Files that tests make, in a folder that goes when the test has ended. */

import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after } from "node:test";

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "rdbg-vscode-"));
  after(() => rmSync(folder, { recursive: true }));
  return folder;
}

export function write(path: string, content: string | Uint8Array): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
}

export function writeProgram(path: string, content = "#!/bin/sh\n"): string {
  write(path, content);
  chmodSync(path, 0o755);
  return path;
}

/** The first bytes of an SQLite file with an application_id. */
export function databaseHeader(applicationId: number): Uint8Array {
  const header = Buffer.alloc(4096);
  header.write("SQLite format 3\0", "latin1");
  header.writeUInt32BE(applicationId, 68);
  return header;
}

export const TRACE = databaseHeader(0x72646267);
