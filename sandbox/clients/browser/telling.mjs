// How a story is told: one line each, and what was not as expected.

import { isDeepStrictEqual } from "node:util";

class Unexpected extends Error {}

const told = { passed: 0, failed: 0 };

/** Plays a story and prints one line of it. */
export async function story(title, play) {
  const { STORY: only = "" } = process.env;
  if (!title.toLowerCase().includes(only.toLowerCase())) {
    return;
  }
  try {
    await play();
    told.passed += 1;
    console.log(`ok      ${title}`);
  } catch (error) {
    told.failed += 1;
    const why = error instanceof Unexpected ? error.message : error.stack;
    console.log(`FAILED  ${title}\n        ${why.replaceAll("\n", "\n        ")}`);
  }
}

/** Says how many stories went as they should, and returns the code with which to end. */
export function ending() {
  console.log(`${told.passed} stories passed, ${told.failed} failed`);
  return told.failed === 0 && told.passed > 0 ? 0 : 1;
}

/** Ends the story unless both are the same. */
export function expect(what, seen, expected) {
  if (!isDeepStrictEqual(seen, expected)) {
    throw new Unexpected(`${what}: ${JSON.stringify(seen)}, and ${JSON.stringify(expected)} was expected`);
  }
}

/** Waits until both are the same, for a while. */
export async function eventually(what, look, expected) {
  const until = Date.now() + 10_000;
  while (Date.now() < until && !isDeepStrictEqual(await look(), expected)) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  expect(what, await look(), expected);
}
