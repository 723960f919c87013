/** What the Graph client needs to know of one tenant. */
import type { Secret } from "../core/secret.ts";
import { CLOUDS, type Cloud } from "./clouds.ts";

/** A client secret, or a certificate with its private key, both PEM. */
export type Credential =
  | { readonly clientSecret: Secret }
  | { readonly certificate: string; readonly privateKey: Secret };

/** Hosts that replace the cloud's own and are trusted as they are: a simulator, a private cloud. */
interface Endpoints {
  /** Origins such as `https://login.example.net:8443`; `http:` only on loopback. */
  readonly login: string;
  readonly graph: string;
  /** PEM of the CA that signs both. */
  readonly ca?: string;
}

export interface GraphTenant {
  /** The operator's name for the tenant, for messages. */
  readonly name: string;
  readonly tenantId: string;
  readonly clientId: string;
  readonly cloud: Cloud;
  readonly endpoints?: Endpoints;
  /** A text of all that the tenant is made from, its credential's source included: another text, another client. */
  readonly recipe: string;
  /** Reads the credential afresh at each call, so that a rotated one is picked up. Throws BlockedError. */
  credential(): Promise<Credential>;
}

/** The origins to talk to, without a path: the tenant's own endpoints where it has them, else its cloud's. */
export function originsOf({ cloud, endpoints }: GraphTenant): { readonly login: string; readonly graph: string } {
  const { login, graph } = endpoints ?? CLOUDS[cloud];
  return { login: new URL(login).origin, graph: new URL(graph).origin };
}
