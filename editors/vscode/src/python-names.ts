/**
 * Finds the variables that are worth showing beside the lines of a function: a small scanner for Python,
 * which knows strings, comments, brackets and indentation, and nothing of what the code means.
 */

export interface Name {
  readonly name: string;
  readonly line: number;
  readonly column: number;
}

/** A logical line: what ends with a newline outside of brackets and strings. */
interface Statement {
  readonly first: number;
  readonly indent: number;
  readonly names: Name[];
  opensScope: boolean;
}

const KEYWORDS = new Set(
  (
    "False None True and as assert async await break class continue def del elif else except finally for from global " +
    "if import in is lambda nonlocal not or pass raise return try while with yield _"
  ).split(" "),
);

const TOKEN =
  /(?<string>(?:[rbfut]{0,2})("""|'''|"|'))|(?<comment>#.*)|(?<name>[\p{L}\p{Nl}_][\p{L}\p{Nl}\p{Mn}\p{Mc}\p{Nd}\p{Pc}]*)|(?<number>\.?\d[\w.]*)|(?<other>\S)/iuy;

/** The names that a stop at `line` may have values for: those of its function, down to this line, once a line. */
export function namesBefore(lines: readonly string[], line: number): Name[] {
  const statements = scan(lines, line);
  const here = statements.length - 1;
  const found: Name[] = [];
  // Upwards: what is indented less encloses this line; the first that opens a scope is its function or class.
  let indent = statements[here]?.indent ?? 0;
  let header: number | undefined;
  for (let index = here - 1; index >= 0 && header === undefined; index -= 1) {
    const statement = statements[index];
    if (statement !== undefined && statement.indent < indent) {
      indent = statement.indent;
      header = statement.opensScope ? index : undefined;
    }
  }
  let hidden: number | undefined;
  for (let index = header ?? 0; index <= here; index += 1) {
    const statement = statements[index];
    if (statement === undefined || (hidden !== undefined && statement.indent > hidden)) {
      continue;
    }
    // Functions and classes within this one have variables of their own.
    hidden = statement.opensScope && index !== header ? statement.indent : undefined;
    if (hidden === undefined) {
      found.push(...statement.names);
    }
  }
  const seen = new Set<string>();
  return found.filter(({ name, line: at }) => {
    const key = `${at} ${name}`;
    return at <= line && !seen.has(key) && seen.add(key) !== undefined;
  });
}

/** The logical lines up to the one that `last` belongs to. */
function scan(lines: readonly string[], last: number): Statement[] {
  const statements: Statement[] = [];
  let brackets = 0;
  let quote: string | undefined;
  let open: Statement | undefined;
  for (let number = 0; number < lines.length; number += 1) {
    const text = lines[number] ?? "";
    if (open === undefined && number > last) {
      break;
    }
    let column = 0;
    let before = "";
    let continues = false;
    while (column < text.length) {
      if (quote !== undefined) {
        const end = endOfString(text, column, quote);
        if (end === undefined) {
          break;
        }
        quote = undefined;
        column = end;
        before = '"';
        continue;
      }
      TOKEN.lastIndex = column;
      const match = TOKEN.exec(text);
      if (match === null) {
        column += 1;
        continue;
      }
      const groups = match.groups ?? {};
      if (groups["comment"] !== undefined) {
        break;
      }
      open ??= { first: number, indent: indentOf(text), names: [], opensScope: false };
      const token = match[0];
      if (groups["string"] !== undefined) {
        quote = match[2];
      } else if (groups["name"] !== undefined) {
        const after = text.slice(column + token.length);
        if (/^(def|class)$/.test(token) && before.replace("async", "") === "") {
          open.opensScope = true;
        } else if (isVariable(token, before, after, brackets > 0 && !open.opensScope)) {
          open.names.push({ name: token, line: number, column });
        }
      } else if ("([{".includes(token)) {
        brackets += 1;
      } else if (")]}".includes(token)) {
        brackets = Math.max(0, brackets - 1);
      }
      continues = token === "\\" && column + 1 === text.length;
      before = token;
      column += token.length;
    }
    // A string in single quotes that is not closed ends with its line, unless the line says that it goes on.
    if (quote?.length === 1) {
      continues = text.endsWith("\\");
      quote = continues ? quote : undefined;
    }
    if (open !== undefined && brackets === 0 && quote === undefined && !continues) {
      statements.push(open);
      open = undefined;
    }
  }
  if (open !== undefined) {
    statements.push(open);
  }
  return statements;
}

function isVariable(token: string, before: string, after: string, mayBeArgument: boolean): boolean {
  const isAttribute = before === ".";
  const isCalled = /^\s*\(/.test(after);
  const isDefined = before === "def" || before === "class";
  const isArgumentName = mayBeArgument && /^\s*=(?!=)/.test(after) && ["(", ",", ""].includes(before);
  return !KEYWORDS.has(token) && !isAttribute && !isCalled && !isDefined && !isArgumentName;
}

function indentOf(text: string): number {
  let width = 0;
  for (const character of text) {
    if (character === "\t") {
      width += 8 - (width % 8);
    } else if (character === " ") {
      width += 1;
    } else {
      break;
    }
  }
  return width;
}

/** Where the string that is open at `column` has ended; nothing if it does not on this line. */
function endOfString(text: string, column: number, quote: string): number | undefined {
  for (let index = column; index < text.length; index += 1) {
    if (text[index] === "\\") {
      index += 1;
    } else if (text.startsWith(quote, index)) {
      return index + quote.length;
    }
  }
  return undefined;
}
