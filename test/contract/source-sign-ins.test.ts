import { describeSource } from "./source-suite.ts";

describeSource("signIns");
