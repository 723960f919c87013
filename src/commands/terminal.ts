/** Where a command writes: a terminal that can be drawn anew and has colours, or a file that has neither. */
import { styleText } from "node:util";

/** At least this many columns are written to, and in a file exactly as many. */
const COLUMNS = 80;
const MOST_COLUMNS = 120;

/** Many terminals scroll away what was there instead of writing over it. */
const CLEAR = "\u001b[2J";

type Style = "bold" | "dim" | "red" | "yellow" | "green";

interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
}

export interface Terminal {
  readonly columns: number;
  readonly styled: (styles: readonly Style[], text: string) => string;
  /** Draws over what was drawn before; in a file an empty line separates the two. */
  readonly draw: (text: string) => void;
}

export function createTerminal(output: Output, { NO_COLOR = "", TERM }: NodeJS.ProcessEnv): Terminal {
  const isTerminal = output.isTTY === true;
  const hasColours = isTerminal && NO_COLOR === "" && TERM !== "dumb";
  let isFirst = true;
  return {
    get columns() {
      if (!isTerminal) return COLUMNS;
      return Math.min(Math.max(output.columns ?? COLUMNS, COLUMNS), MOST_COLUMNS);
    },
    styled: (styles, text) => (hasColours ? styleText([...styles], text, { validateStream: false }) : text),
    draw: (text) => {
      if (isTerminal) output.write(`${isFirst ? CLEAR : ""}\u001b[H${fitting(text, output.rows ?? 24)}\u001b[J`);
      else output.write(`${isFirst ? "" : "\n"}${text}`);
      isFirst = false;
    },
  };
}

/** As many lines as a screen has: a longer text would scroll its beginning away. The rest of each line is erased. */
function fitting(text: string, rows: number): string {
  const lines = text.trimEnd().split("\n");
  const shown = lines.length < rows ? lines : [...lines.slice(0, rows - 2), `… ${lines.length - rows + 2} more lines`];
  return shown.map((line) => `${line}\u001b[K\n`).join("");
}
