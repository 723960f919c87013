/** Records as hostile as JSON can express them. */
import * as fc from "fast-check";
import { type RecordEvent, SOURCE_NAMES, type SourceName } from "../../src/core/event.ts";

const TRAPS = [
  "|",
  "=",
  "\\",
  "\\=",
  "\\\\=",
  "\\n",
  "%3D",
  " ",
  "  ",
  "\t",
  "\n",
  "\r",
  "\r\n",
  "\u0000",
  "\u001b[31m",
  "\u0085",
  "\u009f",
  "\u2028",
  "\u2029",
  "\u202e",
  "\u2066",
  "\ufeff",
  "\ud800",
  "\udc00",
  "🦊",
  "経",
  "CEF:0|x|y|1|f|f|10|",
  "cEf",
  "CECEFF",
  "LEEF:2.0|",
  " suser=admin",
  " act=blocked ",
  "cs6Label=",
  "<134>",
];

const PROPERTIES = [
  "id",
  "createdDateTime",
  "userDisplayName",
  "userPrincipalName",
  "userId",
  "appId",
  "appDisplayName",
  "clientAppUsed",
  "correlationId",
  "conditionalAccessStatus",
  "isInteractive",
  "userAgent",
  "riskState",
  "riskLevelDuringSignIn",
  "riskLevel",
  "riskDetail",
  "riskEventTypes_v2",
  "riskEventType",
  "requestId",
  "source",
  "resourceDisplayName",
  "servicePrincipalName",
  "servicePrincipalId",
  "activity",
  "activityDateTime",
  "detectedDateTime",
  "lastUpdatedDateTime",
  "riskLastUpdatedDateTime",
  "isDeleted",
  "isProcessing",
];

const text = fc
  .array(fc.oneof(fc.constantFrom(...TRAPS), fc.string({ unit: "binary", maxLength: 8 }), fc.string()), {
    maxLength: 24,
  })
  .map((parts) => parts.join(""));

/** Mostly short ones, sometimes one that is longer than any key allows. */
const hostileText = fc.oneof(
  { weight: 9, arbitrary: text },
  { weight: 1, arbitrary: fc.tuple(text, fc.integer({ min: 1, max: 300 })).map(([part, times]) => part.repeat(times)) },
);

const anything = fc.oneof(
  { weight: 6, arbitrary: hostileText },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
  { weight: 1, arbitrary: fc.constantFrom(null, "", 0, -1, 1e300, true) },
);

const additionalInfo = fc.oneof(
  anything,
  fc.array(fc.record({ Key: fc.constantFrom("userAgent", "riskReasons"), Value: anything })).map((list) => {
    return JSON.stringify(list);
  }),
);

const record = fc.record(
  {
    ...Object.fromEntries(PROPERTIES.map((key) => [key, anything])),
    ipAddress: fc.oneof(fc.ipV4(), fc.ipV6(), anything),
    status: fc.oneof(
      anything,
      fc.record({
        errorCode: fc.oneof(fc.integer(), anything),
        failureReason: hostileText,
        additionalDetails: hostileText,
      }),
    ),
    deviceDetail: fc.oneof(anything, fc.record({ displayName: hostileText, browser: hostileText })),
    location: fc.oneof(
      anything,
      fc.record({
        city: hostileText,
        state: anything,
        geoCoordinates: fc.record({ latitude: fc.oneof(fc.double(), anything) }),
      }),
    ),
    additionalInfo,
  },
  { requiredKeys: [] },
);

export const TENANT = "7c1f4f0e-2b6d-4a51-9f0c-3e5d8a7b6c21";

/** Any event; `source` narrows it to one collection. */
export function hostileEvent(source?: SourceName): fc.Arbitrary<RecordEvent> {
  return fc.record({
    seq: fc.constant(1),
    stream: fc.record({
      tenantId: fc.constant(TENANT),
      source: source === undefined ? fc.constantFrom(...SOURCE_NAMES) : fc.constant(source),
    }),
    id: fc.oneof(fc.uuid(), hostileText),
    revision: fc.integer({ min: 1 }),
    time: fc.integer({ min: 0, max: 4_000_000_000_000 }),
    record,
  });
}
