/** Says whether a file is a trace of rdbg, from its first bytes (schema/FORMAT.md). */

import { open } from "node:fs/promises";
import { basename } from "node:path";

const MAGIC = Buffer.from("SQLite format 3\0", "latin1");
const APPLICATION_ID = 0x72646267;
const APPLICATION_ID_AT = 68;
const HEADER = 100;

/** Why the file cannot be opened as a trace, in one line; nothing if it can. */
export async function whyNotATrace(path: string): Promise<string | undefined> {
  const name = basename(path);
  let header: Buffer;
  try {
    header = await beginning(path);
  } catch (error) {
    return `${name} cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  }
  if (header.length === 0) {
    return `${name} is empty: no recording was ever written to it.`;
  }
  if (header.length < HEADER || !header.subarray(0, MAGIC.length).equals(MAGIC)) {
    return `${name} is not a trace: "rdbg record" makes SQLite files, and this is none.`;
  }
  if (header.readUInt32BE(APPLICATION_ID_AT) !== APPLICATION_ID) {
    return `${name} is a database of another program, not a trace of rdbg.`;
  }
  return undefined;
}

async function beginning(path: string): Promise<Buffer> {
  const file = await open(path, "r");
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEADER), 0, HEADER, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
