/** Every source. Adding one means adding it here and to SOURCE_NAMES. */
import type { SourceName } from "../core/event.ts";
import { riskDetections } from "./risk-detections.ts";
import { riskyUsers } from "./risky-users.ts";
import { signIns } from "./sign-ins.ts";
import type { Source } from "./source.ts";

export const SOURCES: Readonly<Record<SourceName, Source>> = { signIns, riskDetections, riskyUsers };
