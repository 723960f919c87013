/** A service of a compose file as options of `docker run`. The network is left out: tests have only the host's. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

export interface Service {
  readonly build: string;
  readonly read_only: boolean;
  readonly cap_drop: readonly string[];
  readonly security_opt: readonly string[];
  readonly stop_grace_period?: string;
  readonly volumes: readonly string[];
  readonly secrets?: readonly string[];
  readonly ports?: readonly string[];
}

export interface Compose {
  readonly services: { readonly forwarder: Service; readonly collector: Service };
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

export const DOCKER = join(import.meta.dirname, "../../config/docker");

export function readCompose(): Compose {
  return parse(readFileSync(join(DOCKER, "compose.yaml"), "utf8"));
}

/** `places` says what stands for the volumes and secrets of the file, each by its name or path there. */
export function runOptions(service: Service, places: Readonly<Record<string, string>>): string[] {
  const place = (name: string) => {
    const found = places[name];
    if (found === undefined) throw new Error(`no place for ${name}`);
    return found;
  };
  const volumes = service.volumes.map((volume) => {
    const [from = "", ...to] = volume.split(":");
    return `--volume=${[place(from), ...to].join(":")}`;
  });
  const secrets = (service.secrets ?? []).map((name) => `--volume=${place(name)}:/run/secrets/${name}:ro`);
  return [
    ...(service.read_only ? ["--read-only"] : []),
    ...service.cap_drop.map((name) => `--cap-drop=${name}`),
    ...service.security_opt.map((option) => `--security-opt=${option.replace(/:true$/, "")}`),
    ...volumes,
    ...secrets,
  ];
}
