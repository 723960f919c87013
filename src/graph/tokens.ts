/**
 * The access token of one tenant.
 *
 *   usable    more than a minute left: handed out at once; when its renewal is due, that happens beside
 *   none      everybody waits for the same one request
 *   failing   the last request failed seconds ago: its error is the answer, without another request
 *
 * A failed renewal never takes away a token that is still usable.
 */

import { TransientError } from "../core/errors.ts";
import { untilAborted } from "./abortable.ts";
import type { Token, TokenWish } from "./token-request.ts";

/** Called at the end of each renewal ahead of time, with its error if it failed: nobody waits for it. */
export type OnRenewal = (error?: unknown) => void;

const USABLE_MS = 60_000;
const REFRESH_AHEAD_MS = 600_000;
/** Three streams that need the same token must not make three failing requests. */
const FAILURE_HOLD_MS = 5_000;
const LONGEST_HOLD_MS = 60_000;

export class Tokens {
  private readonly request: (wish: TokenWish) => Promise<Token>;
  private readonly onRenewal: OnRenewal;
  private readonly closing = new AbortController();
  private held: Token | undefined;
  /** JSON of the claims that the held token was asked for with. */
  private heldClaims: string | undefined;
  private pending: { readonly token: Promise<Token>; readonly claims: string | undefined } | undefined;
  private failure: { readonly error: unknown; readonly until: number } | undefined;

  constructor(request: (wish: TokenWish) => Promise<Token>, onRenewal: OnRenewal = () => {}) {
    this.request = request;
    this.onRenewal = onRenewal;
  }

  /** When the token at hand expires, in epoch milliseconds of the host's clock. */
  get expiresOn(): number | undefined {
    return this.held?.expiresOn;
  }

  /** A usable token. Throws TransientError or BlockedError, or the signal's reason. */
  async get(signal: AbortSignal): Promise<Token> {
    signal.throwIfAborted();
    const now = Date.now();
    if (this.held === undefined || this.held.expiresOn - now <= USABLE_MS) {
      return untilAborted(this.acquire(), signal);
    }
    // Nobody waits for this one, and the token is good for another while.
    if (now >= renewalOf(this.held) && this.mayAsk()) void this.renewBeside();
    return this.held;
  }

  /**
   * A token other than the one Graph refused: the held one where it is already newer and meets the claims, else a new
   * one. Throws like `get`.
   */
  async renew(refused: Token, claims: string | undefined, signal: AbortSignal): Promise<Token> {
    signal.throwIfAborted();
    const meetsClaims = claims === undefined || claims === this.heldClaims;
    if (this.held !== undefined && this.held !== refused && meetsClaims) return this.held;
    return untilAborted(this.acquire(claims), signal);
  }

  /** Ends a request in flight. */
  close(): void {
    this.closing.abort(new TransientError("ERF2001", "the token request was ended by a stop"));
  }

  private async renewBeside(): Promise<void> {
    try {
      await this.acquire();
      this.onRenewal();
    } catch (error) {
      if (!this.closing.signal.aborted) this.onRenewal(error);
    }
  }

  /** Whether no request is in flight and none failed seconds ago. */
  private mayAsk(): boolean {
    return this.pending === undefined && (this.failure === undefined || performance.now() >= this.failure.until);
  }

  /** Single flight. A caller that goes away does not end the request, the others wait for it. */
  private acquire(claims?: string): Promise<Token> {
    const { pending } = this;
    if (pending !== undefined) {
      if (claims === undefined || claims === pending.claims) return pending.token;
      // That token may not meet the claims, so another one is asked for after it.
      return pending.token.catch(() => undefined).then(() => this.acquire(claims));
    }
    if (this.failure !== undefined && performance.now() < this.failure.until) return Promise.reject(this.failure.error);
    const token = this.acquireNow(claims).finally(() => {
      this.pending = undefined;
    });
    this.pending = { token, claims };
    return token;
  }

  private async acquireNow(claims?: string): Promise<Token> {
    try {
      this.held = await this.request({ signal: this.closing.signal, ...(claims && { claims }) });
      this.heldClaims = claims;
      this.failure = undefined;
      return this.held;
    } catch (error) {
      const asked = error instanceof TransientError ? error.retryAfterMs : 0;
      this.failure = { error, until: performance.now() + Math.min(Math.max(FAILURE_HOLD_MS, asked), LONGEST_HOLD_MS) };
      throw error;
    }
  }
}

/** Ten minutes ahead, for a short-lived token at half its life, sooner where Entra ID says so. */
function renewalOf({ acquiredOn, expiresOn, refreshOn = expiresOn }: Token): number {
  return Math.min(refreshOn, Math.max(expiresOn - REFRESH_AHEAD_MS, (acquiredOn + expiresOn) / 2));
}
