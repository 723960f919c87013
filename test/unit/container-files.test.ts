/** The files of `config/docker` and `config/kubernetes` must load, and agree with each other and with the Dockerfile. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { configSchema } from "../../src/config/schema.ts";
import { readCompose } from "../support/compose.ts";

const ROOT = join(import.meta.dirname, "../..");
const STATE = "/var/lib/entra-risk-forwarder";
const CONFIG = "/etc/entra-risk-forwarder";
const USER = 65_532;

function read(file: string): string {
  return readFileSync(join(ROOT, file), "utf8");
}

function configuration(file: string) {
  return configSchema.parse(parse(read(file)));
}

const dockerfile = read("Dockerfile");

describe("the Dockerfile", () => {
  it("has one user, one volume and the configuration where the shipped files expect them", () => {
    expect(dockerfile).toContain(`\nUSER ${USER}:${USER}\n`);
    expect(dockerfile).toContain(`\nVOLUME ${STATE}\n`);
    expect(dockerfile).toContain(`CMD ["run", "--config", "${CONFIG}/config.yaml"]`);
    expect(dockerfile).toContain("\nEXPOSE 9464\n");
  });

  it("gets nothing of the checkout but what is compiled", () => {
    const allowed = read(".dockerignore").trim().split("\n");

    expect(allowed).toEqual(["*", "!package.json", "!package-lock.json", "!.npmrc", "!tsconfig.json", "!src"]);
  });
});

describe("config/docker", () => {
  const compose = readCompose();
  const { forwarder, collector } = compose.services;
  const config = configuration("config/docker/forwarder/config.yaml");
  const rsyslog = read("config/docker/collector/rsyslog.conf");

  it("names the secret, the state and the address that compose.yaml provides", () => {
    expect(config.tenants.map(({ credential }) => credential.secretFile)).toEqual(
      Object.keys(compose.secrets).map((name) => `/run/secrets/${name}`),
    );
    expect(forwarder.secrets).toEqual(Object.keys(compose.secrets));
    expect(forwarder.volumes).toEqual([`./forwarder:${CONFIG}:ro`, `state:${STATE}`]);
    expect(config.store.path).toBe(`${STATE}/state.db`);
    expect(config.http.listen).toBe("0.0.0.0:9464");
    expect(forwarder.ports).toEqual(["127.0.0.1:9464:9464"]);
  });

  it("sends to the collector beside it, which answers when a message is written", () => {
    const [sink] = config.sinks;

    expect(sink).toMatchObject({ type: "relp", host: "collector", port: 2514 });
    expect(rsyslog).toContain('input(type="imrelp" port="2514" ruleset="entra" maxDataSize="64k")');
    expect(rsyslog).toContain('ruleset(name="entra" queue.type="direct")');
    expect(rsyslog).toContain('file="/var/log/entra/events.cef"');
    expect(collector.volumes).toEqual(["events:/var/log/entra"]);
    expect(read("config/docker/collector/Dockerfile")).toContain("\nUSER 65532:65532\n");
  });

  it("takes every right from both", () => {
    for (const service of [forwarder, collector]) {
      expect(service).toMatchObject({
        read_only: true,
        cap_drop: ["ALL"],
        security_opt: ["no-new-privileges:true"],
      });
    }
  });
});

describe("config/kubernetes", () => {
  const folder = join(ROOT, "config/kubernetes");
  const manifests = Object.fromEntries(
    readdirSync(folder).map((name) => [name, parse(readFileSync(join(folder, name), "utf8"))]),
  );
  const { spec } = manifests["statefulset.yaml"];
  const pod = spec.template.spec;
  const [container] = pod.containers;
  const config = configuration("config/kubernetes/config.yaml");
  const mountOf = (name: string) =>
    container.volumeMounts.find((mount: { readonly name: string }) => mount.name === name)?.mountPath;

  it("puts together every manifest that is there", () => {
    const { resources, configMapGenerator, images } = manifests["kustomization.yaml"];

    expect(new Set([...resources, "config.yaml", "kustomization.yaml"])).toEqual(new Set(Object.keys(manifests)));
    expect(configMapGenerator).toEqual([{ name: pod.volumes[0].configMap.name, files: ["config.yaml"] }]);
    expect(images[0].name).toBe(container.image);
  });

  it("mounts configuration, secret and state where the configuration and the image expect them", () => {
    expect(mountOf("config")).toBe(CONFIG);
    expect(container.args).toEqual(["run", "--config", `${CONFIG}/config.yaml`]);
    expect(config.tenants.map(({ credential }) => credential.secretFile)).toEqual([`${mountOf("secrets")}/contoso`]);
    expect(config.store.path).toBe(`${mountOf("state")}/state.db`);
    expect(spec.volumeClaimTemplates[0].metadata.name).toBe("state");
  });

  it("runs one pod, as the image's user and without any right", () => {
    expect(spec.replicas).toBe(1);
    expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: USER, runAsGroup: USER, fsGroup: USER });
    expect(pod.securityContext.seccompProfile).toEqual({ type: "RuntimeDefault" });
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
  });

  it("asks for health at the port that is listened at, and lets through what the configuration needs", () => {
    const port = Number(config.http.listen.split(":").at(-1));
    const { ingress, egress } = manifests["network-policy.yaml"].spec;
    const open = egress[0].ports.map((rule: { readonly port: number }) => rule.port);

    expect(config.http.listen).toMatch(/^0\.0\.0\.0:/);
    expect(container.ports).toEqual([{ name: "http", containerPort: port }]);
    for (const probe of [container.startupProbe, container.livenessProbe, container.readinessProbe]) {
      expect(probe.httpGet).toMatchObject({ port: "http" });
    }
    expect(container.livenessProbe.httpGet.path).toBe("/livez");
    expect(container.readinessProbe.httpGet.path).toBe("/readyz");
    expect(ingress[0].ports).toEqual([{ port }]);
    expect(open).toEqual(expect.arrayContaining([53, 443, config.sinks[0]?.port]));
  });
});
