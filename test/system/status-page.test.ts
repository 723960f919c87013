/**
 * The status page in a real browser, at a real daemon. STATUS_PAGE_SCREENSHOTS names a directory that keeps its
 * pictures.
 */
import { once } from "node:events";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, type TestContext } from "vitest";
import { openStore } from "../../src/store/sqlite/sqlite-store.ts";
import { isChromiumInstalled, startChromium, Visit } from "../support/browser.ts";
import { until } from "../support/poll.ts";
import { freePort } from "../support/ports.ts";
import { agreeable, RelpServer, rsp } from "../support/relp-server.ts";
import { isRsyslogInstalled } from "../support/rsyslog.ts";
import { every, Scenario } from "../support/scenario.ts";

const SIZES = { desktop: { width: 1280, height: 900 }, phone: { width: 390, height: 844 } } as const;
const HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script>";

describe.skipIf(!isChromiumInstalled() || !isRsyslogInstalled())(
  "the status page (needs chromium and rsyslogd)",
  { concurrent: true },
  () => {
    let browser: Browser;

    beforeAll(async () => {
      browser = await startChromium();
    });

    afterAll(() => browser.close());

    /** A daemon with its page, and a visitor who reads it. */
    async function scene(onTestFinished: TestContext["onTestFinished"], count = 1) {
      const scenario = new Scenario({ count });
      onTestFinished(() => scenario.dispose());
      await scenario.start();
      const port = await freePort();
      const url = `http://127.0.0.1:${port}/`;
      const visit = async (options = {}) => {
        const visitor = await Visit.at(browser, url, { viewport: SIZES.desktop, ...options });
        onTestFinished(() => visitor.close());
        return visitor;
      };
      const config = (changes: object = {}) => scenario.config({ http: { listen: `127.0.0.1:${port}` }, ...changes });
      return { scenario, url, config, visit };
    }

    it("says that all is arriving, follows by itself, and shows a parked stream with its remedy", async ({
      onTestFinished,
    }) => {
      const { scenario, url, config, visit } = await scene(onTestFinished);
      const { daemon, simulator } = scenario;
      scenario.show("signIns", every(40, 60_000));
      daemon.configure(config());
      await daemon.start();
      await scenario.untilDelivered();
      const { page, ...visitor } = await visit();
      const looks = () => visitor.requests.filter((request) => request.url === `${url}status`).length;
      const verdict = page.getByRole("heading", { level: 1 });
      await until("all is arriving", async () => (await verdict.innerText()) === "All is arriving");
      const before = await page.locator("#sinks-shown").innerText();
      const signs = await page.locator("#overview").getAttribute("data-state");

      scenario.show("signIns", every(5, 0));
      await until("the new events are counted", async () =>
        (await page.locator("#streams-shown").innerText()).includes("45 accepted"),
      );
      simulator.fault({ kind: "permission-missing", source: "riskDetections" });
      await until("the stream is parked", () => daemon.log.some(({ message }) => message.startsWith("stream parked")));
      const asked = looks();
      await until("the page says so", async () => (await verdict.innerText()).includes("1 thing needs a person"));
      const looked = looks() - asked;

      // Four looks of three seconds are about the ten of one polling interval.
      expect(looked).toBeLessThanOrEqual(4);
      const needs = page.getByRole("region", { name: "Needs a person", exact: true });
      expect(before).toContain("confirmed-late");
      expect(signs).toBe("good");
      expect(await needs.innerText()).toMatch(
        /ERF3007\s+tenant-1 riskDetections\s+[^]*IdentityRiskEvent\.Read\.All[^]*Remedy Grant IdentityRiskEvent\.Read\.All/,
      );
      expect(await needs.innerText()).toMatch(/next try in \d/);
      expect(await page.locator("#streams-shown .state[data-condition=blocked]").innerText()).toBe("blocked ERF3007");
      expect(await page.title()).toBe("Not all is arriving: 1 thing needs a person · entra-risk-forwarder");
      expect(visitor.errors).toEqual([]);
      expect(visitor.requests.filter((request) => request.method !== "GET" || !request.url.startsWith(url))).toEqual(
        [],
      );
    });

    it("says when the daemon gives no answer any more, and finds it again", async ({ onTestFinished }) => {
      const { scenario, config, visit } = await scene(onTestFinished);
      const { daemon } = scenario;
      daemon.configure(config());
      await daemon.start();
      const { page } = await visit();
      const verdict = page.getByRole("heading", { level: 1 });
      await until("all is arriving", async () => (await verdict.innerText()) === "All is arriving");

      await daemon.stop("SIGKILL");
      await until("it says so", async () => (await verdict.innerText()).startsWith("No answer from the daemon since"));
      const state = await page.locator("#overview").getAttribute("data-state");
      await daemon.start();
      await until("it finds it again", async () => (await verdict.innerText()) === "All is arriving");

      expect(state).toBe("bad");
      expect(await page.locator("body[data-silent]").count()).toBe(0);
    });

    it("shows hostile names and messages as text", async ({ onTestFinished }) => {
      const { scenario, config, visit } = await scene(onTestFinished);
      const { daemon } = scenario;
      const refusing = new RelpServer((frame) =>
        frame.command === "syslog" ? rsp(frame, `500 ${HOSTILE}`) : agreeable(frame),
      );
      const port = await refusing.start();
      onTestFinished(() => refusing.stop());
      const store = openStore(join(daemon.directory, "state.db"), Date.now);
      await store.openSink(`old ${HOSTILE}`, "present");
      await store.openStream({ tenantId: `gone ${HOSTILE}`, source: "signIns" }, Date.now());
      await store.close();
      const base = config();
      const sinks = [...base.sinks, { name: "refusing", type: "relp", host: "127.0.0.1", port }];
      scenario.show("signIns", every(5, 60_000));
      daemon.configure({ ...base, sinks });
      await daemon.start();

      const visitor = await visit();
      await until("the refusal is shown", async () => (await visitor.text("body")).includes("ERF4010"));

      const text = await visitor.text("body");
      expect(text).toContain(`old ${HOSTILE}`);
      expect(text).toContain(`gone ${HOSTILE}`);
      expect(text).toMatch(/ERF4010\s+refusing\s+[^\n]*<img src=x onerror=alert\(1\)>/);
      expect(await visitor.page.locator("img").count()).toBe(0);
      expect([visitor.dialogs, visitor.errors]).toEqual([[], []]);
    });

    it("lets nothing run or load that is not its own", async ({ onTestFinished }) => {
      const { scenario, url, config, visit } = await scene(onTestFinished);
      const { daemon } = scenario;
      daemon.configure(config());
      await daemon.start();
      const visitor = await visit();
      await until("it has drawn its plots", async () => (await visitor.page.locator("#hours svg").count()) >= 3);
      const before = [...visitor.errors];

      await visitor.page.evaluate(`document.body.setAttribute("style", "color: red")`);
      await visitor.page.evaluate(`document.body.append(Object.assign(new Image(), { src: "http://127.0.0.1:1/x" }))`);
      await until("both are refused", () => visitor.errors.length >= 2);
      const methods = await Promise.all(
        ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"].map((method) => fetch(new URL("status", url), { method })),
      );
      const foreign = get(new URL("status", url), { headers: { host: "attacker.example" } });
      const [answer] = await once(foreign, "response");

      expect(before).toEqual([]);
      expect(visitor.errors.every((error) => error.includes("Content Security Policy"))).toBe(true);
      expect(methods.map(({ status, headers }) => [status, headers.get("allow")])).toEqual(
        methods.map(() => [405, "GET, HEAD"]),
      );
      expect(answer.statusCode).toBe(403);
      expect((await fetch(new URL("page/../../http.js", url))).status).toBe(404);
    });

    it("shows the troubled ones of many tenants, and the others when somebody asks", async ({ onTestFinished }) => {
      const { scenario, config, visit } = await scene(onTestFinished, 40);
      const { daemon } = scenario;
      const base = config();
      daemon.write("wrong", "not the secret");
      const tenants = base.tenants.map((tenant, index) =>
        index === 7 ? { ...tenant, sources: ["signIns"], credential: { secretFile: "wrong" } } : tenant,
      );
      const hourly = { every: "1h", sweeps: [] };
      const sources = { signIns: hourly, riskDetections: hourly, riskyUsers: hourly };
      daemon.configure({ ...base, tenants, sources });
      await daemon.start();

      const { page } = await visit();
      const shown = page.locator("#streams-shown tbody tr");
      const rest = page.locator("#streams-rest");
      const looked = page.locator("#looked");
      await until("the trouble is shown", async () => (await shown.allInnerTexts()).join().includes("ERF2002"));
      await rest.locator("summary").focus();
      await page.keyboard.press("Enter");
      await until("the rest is shown", async () => (await rest.locator("tbody tr").count()) === 39);
      const before = await looked.innerText();
      await until("it has looked again", async () => (await looked.innerText()) !== before);

      expect(await page.locator("#streams-count").innerText()).toBe("118, of 40 tenants");
      // Not allInnerTexts: of a row that the page has replaced meanwhile it tells the cells without a space between them.
      expect(await shown.locator("th").allInnerTexts()).toEqual(["tenant-8"]);
      expect(await rest.locator("summary").innerText()).toBe("39 more tenants");
      expect(await page.locator(":focus").innerText()).toBe("39 more tenants");
      expect((await rest.locator("tbody th").allInnerTexts()).slice(0, 3)).toEqual([
        "tenant-1",
        "tenant-2",
        "tenant-3",
      ]);
    });

    it("is readable in both themes, on a phone and with a keyboard", async ({ onTestFinished }) => {
      const { scenario, config, visit } = await scene(onTestFinished, 2);
      const { daemon } = scenario;
      scenario.show("riskDetections", every(200, 60_000));
      const base = config();
      const [first, second] = base.tenants;
      const tenants = [first, { ...second, credential: { secretFile: "wrong" } }];
      daemon.write("wrong", "not the secret");
      const sinks = [...base.sinks, { name: "archive", type: "relp", host: "127.0.0.1", port: await freePort() }];
      daemon.configure({ ...base, tenants, sinks });
      await daemon.start();
      await scenario.untilDelivered();
      const kept = process.env["STATUS_PAGE_SCREENSHOTS"];
      const directory = kept ?? mkdtempSync(join(tmpdir(), "screenshots-"));
      if (kept === undefined) onTestFinished(() => rmSync(directory, { recursive: true }));

      for (const [size, viewport] of Object.entries(SIZES)) {
        for (const colorScheme of ["light", "dark"] as const) {
          const visitor = await visit({ viewport, colorScheme, reducedMotion: "reduce" });
          await until("it shows the trouble", async () => (await visitor.text("main")).includes("ERF2002"));
          await until("it has drawn its plots", async () => (await visitor.page.locator("#hours svg").count()) >= 3);
          const path = join(directory, `status-${size}-${colorScheme}.png`);
          await visitor.page.screenshot({ path, fullPage: true });

          expect(statSync(path).size).toBeGreaterThan(20_000);
          expect(await visitor.faintTexts()).toEqual([]);
          expect(await visitor.overflow()).toBe(0);
          expect(visitor.errors).toEqual([]);
        }
      }

      const narrow = await visit({ viewport: { width: 360, height: 640 } });
      const { page } = narrow;
      await until("it shows the trouble", async () => (await narrow.text("main")).includes("ERF2002"));
      await page.keyboard.press("Tab");
      const skip = await page.locator(":focus").innerText();
      await page.keyboard.press("Enter");
      const skipped = await page.locator(":focus").getAttribute("id");

      expect(await narrow.overflow()).toBe(0);
      expect([skip, skipped]).toEqual(["Skip to the streams", "streams"]);
      for (const role of ["banner", "main", "contentinfo"] as const) expect(await page.getByRole(role).count()).toBe(1);
      expect(await page.getByRole("heading", { level: 2 }).allInnerTexts()).toMatchObject([
        "Needs a person",
        "Tried again by itself",
        expect.stringMatching(/^Streams/),
        expect.stringMatching(/^Sinks/),
        expect.stringMatching(/^The last hours/),
      ]);
      expect(await page.getByRole("img").first().getAttribute("aria-label")).toMatch(/^Behind: signIns now \d/);
      const table = page.locator("#plot-levels details");
      await table.locator("summary").focus();
      await page.keyboard.press("Enter");
      expect(await table.getByRole("columnheader").allInnerTexts()).toContain("high");
      expect(await page.evaluate("document.getAnimations().length")).toBe(0);
    });
  },
);
