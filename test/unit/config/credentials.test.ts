/** A secret that is replaced while it is read. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { readCredential } from "../../../src/config/credentials.ts";

function tenantOf(secretFile: string) {
  const id = "5611623b-9128-461e-9d7f-a0d9c270ead2";
  return { name: "contoso", tenantId: id, clientId: id, cloud: "global" as const, credential: { secretFile } };
}

function emptyFile(): string {
  const directory = mkdtempSync(join(tmpdir(), "credentials-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const file = join(directory, "secret");
  writeFileSync(file, "");
  return file;
}

it("is waited for while its file is empty", async () => {
  const file = emptyFile();
  const reading = readCredential(tenantOf(file), {});
  setTimeout(() => writeFileSync(file, "replaced\n"), 100);

  const credential = await reading;
  expect("clientSecret" in credential && credential.clientSecret.reveal()).toBe("replaced");
});

it("is told when it stays empty", async () => {
  await expect(readCredential(tenantOf(emptyFile()), {})).rejects.toMatchObject({
    code: "ERF1003",
    message: expect.stringContaining("it is empty"),
  });
});
