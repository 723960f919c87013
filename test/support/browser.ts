/** A real Chromium for the status page, as Debian has it, and what it says of a page that it shows. */
import { spawnSync } from "node:child_process";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

const PROGRAM = "chromium";
/** A busy machine may need longer than a browser's usual half minute. */
const DEADLINE_MS = 90_000;

export function isChromiumInstalled(): boolean {
  return spawnSync(PROGRAM, ["--version"]).status === 0;
}

export async function startChromium(): Promise<Browser> {
  const { stdout } = spawnSync("sh", ["-c", `command -v ${PROGRAM}`], { encoding: "utf8" });
  // As root it refuses to run in its sandbox.
  return chromium.launch({ executablePath: stdout.trim(), args: ["--no-sandbox", "--disable-gpu"] });
}

/** A page, what it asked for and everything that went wrong in it. */
export class Visit {
  readonly page: Page;
  readonly requests: { readonly method: string; readonly url: string }[] = [];
  /** Errors of the console and of scripts, violations of the Content-Security-Policy among them. */
  readonly errors: string[] = [];
  readonly dialogs: string[] = [];

  private constructor(page: Page) {
    this.page = page;
    page.on("request", (request) => this.requests.push({ method: request.method(), url: request.url() }));
    page.on("pageerror", ({ message }) => this.errors.push(message));
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") this.errors.push(message.text());
    });
    page.on("dialog", (dialog) => {
      this.dialogs.push(dialog.message());
      void dialog.dismiss();
    });
  }

  static async at(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Visit> {
    const context = await browser.newContext(options);
    context.setDefaultTimeout(DEADLINE_MS);
    const visit = new Visit(await context.newPage());
    await visit.page.goto(url);
    return visit;
  }

  /** The text of a part of the page. */
  text(selector: string): Promise<string> {
    return this.page.locator(selector).innerText();
  }

  /** How far the page is wider than the window. */
  async overflow(): Promise<number> {
    return Number(await this.page.evaluate("document.documentElement.scrollWidth - innerWidth"));
  }

  /** Texts with less contrast to what is behind them than 4.5 to 1. */
  async faintTexts(): Promise<readonly string[]> {
    const found: unknown = await this.page.evaluate(FAINT_TEXTS);
    return Array.isArray(found) ? found.map(String) : ["no answer"];
  }

  async close(): Promise<void> {
    await this.page.context().close();
  }
}

/** Runs in the page. Contrast is that of WCAG 2; backgrounds are those of the nearest ancestor that has one. */
const FAINT_TEXTS = `(() => {
  const channels = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const linear = (value) => (value <= 10.31 ? value / 3294.6 : ((value / 255 + 0.055) / 1.055) ** 2.4);
  const luminance = ([red, green, blue]) => 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
  const behind = (element) => {
    if (element === null) return [255, 255, 255];
    const colour = channels(getComputedStyle(element).backgroundColor);
    return colour[3] === 0 ? behind(element.parentElement) : colour;
  };
  const faint = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = texts.currentNode.textContent.trim();
    const element = texts.currentNode.parentElement;
    if (text === "" || !element.checkVisibility() || element.closest("noscript")) continue;
    const style = getComputedStyle(element);
    const colour = channels(element instanceof SVGElement ? style.fill : style.color);
    const [one, other] = [luminance(colour), luminance(behind(element))];
    const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    if (contrast < 4.5) faint.push(text + ": " + contrast.toFixed(2));
  }
  return faint;
})()`;
