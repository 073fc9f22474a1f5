/** What a person sees of the editor's window, and does in it. */

import type { FrameLocator, Locator, Page } from "playwright-core";

export class Workbench {
  constructor(readonly page: Page) {}

  async open(address: string, folder: string): Promise<void> {
    await this.page.goto(`${address}/?folder=${encodeURIComponent(folder)}`);
    await this.inExplorer("shop.py").waitFor();
    // The window is there before the extensions are.
    await this.findCommand("rdbg: Open Trace");
    await this.page.keyboard.press("Escape");
  }

  inExplorer(name: string): Locator {
    return this.page.locator(`.explorer-folders-view .monaco-list-row[aria-label^="${name}"]`);
  }

  /** Chooses an entry of the context menu of what is shown somewhere. */
  async chooseFromMenu(of: Locator, entry: string): Promise<void> {
    await of.click({ button: "right" });
    // A menu does not hear a click that follows too soon on the one that opened it, but hears the keyboard.
    await this.page.locator(".monaco-menu .action-item").filter({ hasText: entry }).first().hover();
    await this.page.keyboard.press("Enter");
  }

  async command(title: string): Promise<void> {
    await this.findCommand(title);
    await this.page.keyboard.press("Enter");
  }

  /**
   * The list of commands does not grow while it is up, and goes when something else takes the focus: it is put up until
   * the command is in it.
   */
  private async findCommand(title: string): Promise<void> {
    const found = this.choice(title);
    for (let tries = 0; tries < 30; tries += 1) {
      await this.page.keyboard.press("F1");
      const input = this.page.locator(".quick-input-widget input[type=text]");
      const isTyped = await input.fill(`>${title}`, { timeout: 1000 }).then(() => true, () => false);
      if (isTyped && await found.waitFor({ timeout: 1000 }).then(() => true, () => false)) {
        return;
      }
      await this.page.keyboard.press("Escape");
    }
    throw new Error(`there is no command "${title}"`);
  }

  /** A button of the debug toolbar, whatever key it names in brackets. */
  button(title: string): Locator {
    return this.page.locator(`.debug-toolbar .action-label[aria-label="${title}"], .debug-toolbar .action-label[aria-label^="${title} ("]`);
  }

  async press(title: string): Promise<void> {
    await this.button(title).click();
  }

  /** The text of the line that is highlighted as the one where the program stands. */
  async line(): Promise<string> {
    const text = await this.page.evaluate(`(() => {
      const mark = document.querySelector(".view-overlays .debug-top-stack-frame-line");
      const top = mark?.parentElement?.style.top;
      const lines = [...document.querySelectorAll(".view-lines .view-line")];
      return lines.find((line) => line.style.top === top)?.textContent ?? "";
    })()`);
    return String(text).replaceAll("\u00a0", " ").trim();
  }

  async showDebugView(): Promise<void> {
    await this.page.keyboard.press("Control+Shift+D");
    await this.variable("").first().waitFor();
  }

  /** A row of the Variables view. */
  variable(name: string): Locator {
    return this.page.locator(`.debug-pane [aria-label="Debug Variables"] .monaco-list-row`).filter({ hasText: name });
  }

  async position(): Promise<string> {
    return (await this.page.locator('.statusbar-item[id="rdbg.rdbg-python.rdbg.position"]').textContent())?.trim() ?? "";
  }

  /** An entry of the list that a command has put up. */
  choice(text: string): Locator {
    return this.page.locator(".quick-input-list .monaco-list-row").filter({ hasText: text }).first();
  }

  /** The page of the timeline's view. */
  timeline(): FrameLocator {
    return this.page.frameLocator("iframe.webview.ready").frameLocator("iframe#active-frame");
  }
}
