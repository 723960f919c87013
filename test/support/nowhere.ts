/** A forwarder for which neither Graph nor a collector is there: for what must be so all the same. */
import { onTestFinished } from "vitest";
import { Installation } from "./daemon.ts";

const CONFIG = {
  tenants: [
    {
      name: "contoso",
      tenantId: "5611623b-9128-461e-9d7f-a0d9c270ead2",
      clientId: "2f9c1d0e-0000-4000-8000-000000000001",
      endpoints: { login: "http://127.0.0.1:1", graph: "http://127.0.0.1:1" },
      credential: { secretFile: "secret" },
    },
  ],
  sinks: [{ name: "siem", type: "syslog", transport: "tcp", host: "127.0.0.1", port: 1 }],
  store: { path: "state.db" },
};

/** `changes` replace top-level keys. It is removed with the end of the test. */
export function installationNowhere(changes: object, environment: NodeJS.ProcessEnv = {}): Installation {
  const installed = new Installation(environment);
  onTestFinished(() => installed.dispose());
  installed.write("secret", "s");
  installed.configure({ ...CONFIG, ...changes });
  return installed;
}
