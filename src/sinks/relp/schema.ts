/** The configuration keys of a RELP sink. */
import { z } from "zod";
import { messageShape } from "../syslog/schema.ts";
import { checkTls, collectorShape, port, tls } from "../wire/schema.ts";

const A_WINDOW = "a number of messages from 1 to 10000";

export const relpShape = {
  type: z.literal("relp").describe("Syslog over RELP: the collector answers for each message."),
  ...collectorShape,
  port: port("2514"),
  ...messageShape,
  window: z
    .int({ error: A_WINDOW })
    .min(1, { error: A_WINDOW })
    .max(10_000, { error: A_WINDOW })
    .default(128)
    .describe("Messages that may be unanswered at a time, and so may arrive twice when a session breaks."),
  tls: tls.optional().describe("TLS settings; without this key the session is not encrypted. `{}` takes the defaults."),
};

const relpSchema = z.strictObject(relpShape);

export type RelpConfig = z.output<typeof relpSchema>;

export function checkRelp(config: RelpConfig, context: z.RefinementCtx): void {
  checkTls(config.tls, context);
}
