/** A line at the bottom of a terminal that says what is being tried, and is gone at the end. */

/** A terminal, or a pipe or file, which gets nothing. */
export interface Terminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const ERASE = "\r\u001b[2K";

export class ProgressLine {
  private readonly terminal: Terminal;

  constructor(terminal: Terminal) {
    this.terminal = terminal;
  }

  /** Names the first that is being tried and counts the others; erased when there is none. */
  show([first, ...others]: readonly string[]): void {
    const { terminal } = this;
    if (terminal.isTTY !== true) return;
    if (first === undefined) return void terminal.write(ERASE);
    const text = `trying  ${first}${others.length === 0 ? "" : ` and ${others.length} more`} …`;
    terminal.write(ERASE + text.slice(0, (terminal.columns ?? 80) - 1));
  }
}
