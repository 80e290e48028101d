// A story, step by step, ending at the first answer that is not as expected.

import { isDeepStrictEqual } from "node:util";

import type { Name } from "./messages.js";
import { clientOf, Processor, Refusal } from "./processor.js";

class Unexpected extends Error {}

// Plays a story with the adapter that the environment names.
export async function run(play: (processor: Processor) => Promise<void>): Promise<void> {
  const { CAUSEWAY_ADAPTER: address, CAUSEWAY_TOKEN: token } = process.env;
  if (!address || !token) {
    console.error("set CAUSEWAY_ADAPTER and CAUSEWAY_TOKEN");
    process.exit(2);
  }
  const client = clientOf(address);
  try {
    await play(new Processor(client, token));
    console.log("All answers were the expected ones.");
  } catch (error) {
    if (error instanceof Refusal) {
      console.error(`    ${error}`);
    } else if (error instanceof Unexpected) {
      console.error(`    ${error.message}`);
    } else {
      console.error(error);
    }
    process.exitCode = 1;
  } finally {
    client.close();
  }
}

export function step(title: string): void {
  console.log(title);
}

// Prints a step and its result; ends the story at an unexpected result.
export function expect<T>(what: string, seen: T, expected: T): void {
  if (!isDeepStrictEqual(seen, expected)) {
    throw new Unexpected(`${what}: ${JSON.stringify(seen)}, and ${JSON.stringify(expected)} was expected`);
  }
  console.log(`    ${what}: ${String(seen)}`);
}

// The refusal that a request has to get.
export async function refusalOf(processor: Processor, name: Name, fields: object): Promise<Refusal> {
  try {
    await processor.ask(name, fields);
  } catch (error) {
    if (error instanceof Refusal) {
      return error;
    }
    throw error;
  }
  throw new Unexpected(`${name} was answered, and a refusal was expected`);
}
