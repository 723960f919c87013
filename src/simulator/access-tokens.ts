/** Access tokens: JWTs signed with a key of the simulator's own, opaque to clients as Graph's are. */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";

/** What a token says. Times are epoch seconds. */
export interface TokenClaims {
  readonly tid: string;
  readonly appid: string;
  readonly roles: readonly string[];
  readonly iat: number;
  readonly exp: number;
  /** The challenge that this token answers: the not-before time that it named. */
  readonly challenge?: string;
}

export class AccessTokens {
  private readonly key = randomBytes(32);

  issue(claims: TokenClaims): string {
    const header = encode({ typ: "JWT", alg: "HS256" });
    const body = `${header}.${encode({ aud: "https://graph.microsoft.com", nbf: claims.iat, ver: "1.0", ...claims })}`;
    return `${body}.${this.sign(body).toString("base64url")}`;
  }

  /** The claims of a token that this instance issued; undefined for any other. */
  verify(token: string): TokenClaims | undefined {
    const [header = "", payload = "", signature = ""] = token.split(".");
    const given = Buffer.from(signature, "base64url");
    const expected = this.sign(`${header}.${payload}`);
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
    const claims: TokenClaims = JSON.parse(Buffer.from(payload, "base64url").toString());
    return claims;
  }

  private sign(body: string): Buffer {
    return createHmac("sha256", this.key).update(body).digest();
  }
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
