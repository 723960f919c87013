/** What happens in the demo's tenant: a steady trickle, a late record, a risk that rises. */
import { RecordFactory } from "../simulator/records.ts";
import type { Simulator } from "../simulator/simulator.ts";

const MINUTE_MS = 60_000;

export class Story {
  private readonly simulator: Simulator;
  private readonly tenantId: string;
  private readonly records = new RecordFactory();
  private beats = 0;
  private late: string | undefined;

  constructor(simulator: Simulator, tenantId: string) {
    this.simulator = simulator;
    this.tenantId = tenantId;
  }

  /** The id of the late sign-in, once it is shown. */
  get lateId(): string | undefined {
    return this.late;
  }

  /** What Graph already holds when the forwarder is started for the first time. */
  tellThePast(): void {
    const now = this.simulator.clock.now();
    for (let n = 0; n < 115; n += 1) this.show("signIns", now - (n * MINUTE_MS) / 2);
    for (let n = 0; n < 16; n += 1) this.show("riskDetections", now - n * 3 * MINUTE_MS);
    for (let n = 0; n < 5; n += 1) this.show("riskyUsers", now - n * 60 * MINUTE_MS);
  }

  /** One beat of the present: sign-ins each time, risk now and then, hostile values among them. */
  beat(): void {
    this.beats += 1;
    const now = this.simulator.clock.now();
    const variant = this.beats % 4 === 0 ? "hostile" : "plain";
    this.show("signIns", now, variant);
    if (this.beats % 4 === 1) this.show("riskDetections", now, variant);
    if (this.beats % 8 === 2) this.show("riskyUsers", now);
  }

  /** A sign-in of twelve minutes ago that Graph shows only now, below every poll's reach. */
  showLateSignIn(): string {
    const record = this.records.invent("signIns", this.simulator.clock.now() - 12 * MINUTE_MS);
    this.simulator.show(this.tenantId, "signIns", record, { late: true });
    this.late = String(record["id"]);
    return String(record["userPrincipalName"]);
  }

  /** A detection and its user become a high risk. */
  raiseRisk(): string {
    const { simulator, tenantId } = this;
    const detection = simulator.ledger.find(({ source }) => source === "riskDetections");
    const user = simulator.ledger.find(({ source }) => source === "riskyUsers");
    const change = {
      riskLevel: "high",
      riskState: "confirmedCompromised",
      riskDetail: "adminConfirmedUserCompromised",
    };
    if (detection) simulator.revise(tenantId, "riskDetections", detection.id, change);
    if (user) simulator.revise(tenantId, "riskyUsers", user.id, change);
    return change.riskState;
  }

  private show(
    source: "signIns" | "riskDetections" | "riskyUsers",
    at: number,
    variant: "plain" | "hostile" = "plain",
  ): void {
    this.simulator.show(this.tenantId, source, this.records.invent(source, at, { variant }));
  }
}
