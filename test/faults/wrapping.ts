/**
 * Wraps methods of the built program from outside, in a module that is loaded with `--import`. A hook of the module
 * loader hands over the classes of a module when it is loaded; the shipped program knows nothing of it.
 */
import { registerHooks } from "node:module";

type Method = (this: unknown, ...args: readonly unknown[]) => unknown;
type Methods = Record<string, Method>;
/** The prototypes of classes by their names. */
export type Prototypes = Readonly<Record<string, Methods>>;

const HANDOVER = "__takeOver";

/** Hands over the prototypes of classes, named with their modules below `dist`, once all of them are loaded. */
export function takeOver(modules: Readonly<Record<string, string>>, onLoaded: (found: Prototypes) => void): void {
  const found: Record<string, Methods> = {};
  const take = (className: string, prototype: Methods) => {
    found[className] = prototype;
    if (Object.keys(found).length === Object.keys(modules).length) onLoaded(found);
  };
  Object.defineProperty(globalThis, HANDOVER, { value: take });
  handOver(modules);
}

/** Adds a line to each of the modules, at whose end its classes are there. */
function handOver(modules: Readonly<Record<string, string>>): void {
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      const classes = Object.entries(modules).filter(([, path]) => url.endsWith(`/dist/${path}`));
      const lines = classes.map(([name]) => `\n${HANDOVER}("${name}", ${name}.prototype);`);
      return lines.length === 0 ? loaded : { ...loaded, source: `${textOf(loaded.source)}${lines.join("")}` };
    },
  });
}

function textOf(source: string | ArrayBuffer | NodeJS.TypedArray | undefined): string {
  return typeof source === "string" ? source : new TextDecoder().decode(source);
}

export function before(prototype: Methods | undefined, name: string, look: (args: readonly unknown[]) => void): void {
  wrap(prototype, name, (original) => {
    return function (...args) {
      look(args);
      return Reflect.apply(original, this, args);
    };
  });
}

export function after(
  prototype: Methods | undefined,
  name: string,
  look: (args: readonly unknown[], result: unknown) => void,
): void {
  wrap(prototype, name, (original) => {
    return function (...args) {
      const result = Reflect.apply(original, this, args);
      look(args, result);
      return result;
    };
  });
}

/** A method that is not there any more must not leave a fault that never happens. */
export function wrap(prototype: Methods | undefined, name: string, around: (original: Method) => Method): void {
  const original = prototype?.[name];
  if (prototype === undefined || original === undefined) throw new Error(`no method ${name} to wrap`);
  prototype[name] = around(original);
}
